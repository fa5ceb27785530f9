"""The seven steps are performed, refused where they are done wrong, and undone."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse

from accounts.developers.walkthrough import variations
from accounts.developers.walkthrough.variations import Variation

pytestmark = pytest.mark.django_db

PROVIDER = reverse("developers:walk", args=["provider"])
CLIENT = reverse("developers:walk", args=["client"])

# Which words say that each wrong thing is refused.
REFUSED = {
    "no-tls": "must use https",
    "no-question": "consent_required",
    "other-redirect": "not registered for it",
    "no-challenge": "invalid_request",
    "other-scope": "invalid_scope",
    "deny": "access_denied",
    "wrong-state": "<strong>No</strong>: state is the one that was sent",
    "other-issuer": "<strong>No</strong>: iss is",
    "replay": "The access token is not valid",  # what it had earned has ended
    "other-verifier": "invalid_grant",
    "other-client": "invalid_grant",
    "wrong-secret": "invalid_client",
    "other-redirect-at-token": "invalid_grant",
    "late": "invalid_grant",
    "other-audience": "InvalidAudienceError",
    "wrong-nonce": "another sign-in&#x27;s nonce",
    "tampered": "InvalidSignatureError",
    "expired-id-token": "ExpiredSignatureError",
    "no-token": "An access token is needed",
    "expired-token": "The access token is not valid",
    "revoked-token": "The access token is not valid",
    "missing-scope": "The access token lacks a scope",
    "token-in-query": "An access token is needed",  # nobody looks for one there
}


# With this site as the client: what its code says in its log, and on this page.
REFUSED_BY_THE_CLIENT = {
    "link": "Nothing begins",
    "not-registered": "not registered for it",
    "wrong-state": "unknown state",
    "other-browser": "unknown state",
    "other-issuer": "another issuer&#x27;s answer",
    "deny": "/accounts/3rdparty/login/cancelled/",
    "replay": "unknown state",
    "other-verifier": "code_verifier does not match",
    "wrong-secret": "invalid_client",
    "other-audience": "ID token: InvalidAudienceError",
    "wrong-nonce": "ID token: another sign-in&#x27;s nonce",
    "tampered": "ID token: InvalidSignatureError",
    "unsigned": "ID token: algorithm not allowed",
    "expired-id-token": "ID token: ExpiredSignatureError",
    "other-subject": "userinfo: another subject",
}


@pytest.fixture
def _secure(settings: Any) -> None:
    settings.SITE_URL = "https://testserver"  # a third party is called by TLS alone


def rows() -> dict[str, int]:
    """Count what there is in every table but what signing in and counting write."""
    own = {"Session", "SigningKey"}
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model.__name__ not in own and model._meta.managed
    }


def press(browser: Browser, step: int, variation: str = "", at: str = PROVIDER) -> str:
    sent = {"step": step, "variation": variation}
    answer = browser.post(at, sent, secure=at == CLIENT)
    assert answer.status_code == 200, (step, variation)
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def refused_by(told: str) -> list[str]:
    return re.findall(r'alert-error"><strong>(.*?)</strong>', told)


def test_all_steps_are_performed_and_nothing_stays(alices_browser: Browser) -> None:
    before = rows()
    told = press(alices_browser, 7)  # performs those before it, too
    assert refused_by(told) == []
    assert "Alice" in told
    assert re.findall(r"lk_(?:cs|ac|at|rt)_[0-9A-Za-z]{7,}", told) == []  # cut short
    assert "GET /api/v1/me HTTP/1.1" in told
    assert rows() == before
    assert mail.outbox == []


def test_whatever_is_done_wrong_is_refused(alices_browser: Browser) -> None:
    before = rows()
    every: list[Variation] = list(variations.AS_PROVIDER.values())
    assert {each.key for each in every} == REFUSED.keys()
    for each in every:
        told = press(alices_browser, each.step, each.key)
        assert refused_by(told), each.key
        assert REFUSED[each.key] in told, each.key
    assert rows() == before


@pytest.mark.usefixtures("_secure")
def test_a_person_signs_in_by_the_played_third_party_and_nothing_stays(
    alices_browser: Browser,
) -> None:
    before = rows()
    told = press(alices_browser, 7, at=CLIENT)
    assert refused_by(told) == []
    assert "The person is signed in" in told
    assert "Location: /account/" in told
    assert rows() == before
    assert re.findall(r"lk_(?:cs|ac|at|rt)_[0-9A-Za-z]{7,}", told) == []
    EmailAddress.objects.update(verified=False)  # so that a sign-in sends a code
    press(alices_browser, 7, at=CLIENT)
    assert mail.outbox == []


@pytest.mark.usefixtures("_secure")
def test_this_site_refuses_whatever_is_wrong_with_an_answer(alices_browser: Browser) -> None:
    before = rows()
    every = list(variations.AS_CLIENT.values())
    assert {each.key for each in every} == REFUSED_BY_THE_CLIENT.keys()
    for each in every:
        told = press(alices_browser, each.step, each.key, at=CLIENT)
        assert refused_by(told), each.key
        assert REFUSED_BY_THE_CLIENT[each.key] in told, each.key
    assert rows() == before


def test_pressing_takes_a_person_and_a_form_of_this_site(
    client: Browser, alices_browser: Browser
) -> None:
    assert "Sign in to begin" in client.get(PROVIDER).content.decode()
    assert client.post(PROVIDER, {"step": 1})["Location"].startswith("/accounts/login/")
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = alices_browser.cookies
    assert strict.post(PROVIDER, {"step": 1}).status_code == 403
    for nonsense in ({"step": "8"}, {"step": "x"}, {"step": 5, "variation": "no-tls"}):
        assert alices_browser.post(PROVIDER, nonsense)["Location"] == PROVIDER


def test_presses_are_limited(alices_browser: Browser, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "developers": "1/h"}
    press(alices_browser, 1)
    assert alices_browser.post(PROVIDER, {"step": 1}).status_code == 429
