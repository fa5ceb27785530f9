"""What is counted of security events, for the metrics: once it is committed, and of nobody."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser

from accounts.metrics import kinds
from accounts.models import User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.security_events.details import Reason, Refusal
from accounts.security_events.record import record
from tests.accounts.security_events.test_sign_in import sign_in
from tests.accounts.third_parties.scripted_provider import Browser as ThirdPartyBrowser
from tests.accounts.way_back.test_address import mailed_code
from tests.metrics import Metrics

pytestmark = pytest.mark.django_db

SIGN_INS = "latchkey_sign_ins_total"  # labels: outcome, third_party, way
Commit = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def commit(django_capture_on_commit_callbacks: Commit) -> AbstractContextManager[Any]:
    return django_capture_on_commit_callbacks(execute=True)


def test_a_password_is_counted_right_or_wrong(
    metrics: Metrics, client: Browser, alice: User, commit: AbstractContextManager[Any]
) -> None:
    with commit:
        sign_in(client, alice, "wrong horse")
        sign_in(client, alice, "wrong horse")
        sign_in(client, alice)

    assert metrics.series(SIGN_INS) == {
        ("refused", "", "password"): 2,
        ("succeeded", "", "password"): 1,
    }
    events = "latchkey_security_events_total"
    assert metrics(events, kind="sign_in", outcome="failed") == 2
    assert metrics(events, kind="sign_in", outcome="succeeded") == 1


def test_a_code_is_counted(
    metrics: Metrics, client: Browser, alice: User, commit: AbstractContextManager[Any]
) -> None:
    with commit:
        page = client.post("/accounts/login/code/", {"email": alice.email})["Location"]
        client.post(page, {"code": "000000"})
        client.post(page, {"code": mailed_code()})

    assert metrics(SIGN_INS, way="code", outcome="refused") == 1
    assert metrics(SIGN_INS, way="code", outcome="succeeded") == 1


def test_who_may_not_come_in_any_more_is_told_from_who_is_wrong(
    metrics: Metrics, client: Browser, alice: User, commit: AbstractContextManager[Any]
) -> None:
    alice.is_active = False
    alice.save()
    with commit:
        sign_in(client, alice)
    assert metrics.series(SIGN_INS) == {("closed", "", "unknown"): 1}


def test_what_is_rolled_back_is_not_counted(metrics: Metrics, alice: User, commit: Any) -> None:
    with commit, transaction.atomic():
        record(
            Event.SIGN_IN,
            actor=Actor.UNKNOWN,
            user=alice,
            outcome=Outcome.FAILED,
            details=Refusal(Reason.PASSKEY),
        )
        transaction.set_rollback(True)
    assert metrics.series(SIGN_INS) == {}


def test_a_sign_up_by_a_form_is_counted(metrics: Metrics, client: Browser, commit: Any) -> None:
    with commit:
        client.post(
            "/accounts/signup/",
            {"email": "new@example.com", "password1": "a horse of another staple"},
        )
    assert metrics.series("latchkey_sign_ups_total") == {("", "form"): 1}


def test_a_third_party_is_told_by_its_id_and_its_problem_by_its_class(
    metrics: Metrics, browser: ThirdPartyBrowser, commit: AbstractContextManager[Any]
) -> None:
    with commit:
        browser.sign_in()
        browser.client.logout()
        browser.provider.claims = {"aud": "another-site"}
        browser.sign_in()

    assert metrics.series(SIGN_INS) == {
        ("succeeded", "example", "third_party"): 1,
        ("ThirdPartyMisbehaved", "example", "third_party"): 1,
    }
    assert metrics.series("latchkey_sign_ups_total") == {("example", "third_party"): 1}


def test_no_person_is_in_any_label(
    metrics: Metrics, client: Browser, alice: User, commit: AbstractContextManager[Any]
) -> None:
    with commit:
        sign_in(client, alice)
    told = str(kinds.measured())
    assert "sign_in" in told
    assert not [fact for fact in (alice.email, alice.sub, alice.name) if fact in told]
