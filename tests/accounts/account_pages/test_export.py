"""The export of all of a person's data: what is in it, what is not, and for whom it is."""

import json
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.test import Client as Browser
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import PersonalToken
from accounts.security_events.details import Name
from tests.accounts.account_pages.proof import let_proof_expire, signed_in
from tests.accounts.conftest import example_id
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app
from tests.accounts.security_events.events import happens, unsaved
from tests.conftest import PASSWORD
from tests.documents import PERSONAL_TOKENS_AND_EXPORT

__all__ = ["app", "example_id"]

pytestmark = pytest.mark.django_db

PAGE = "/account/export/"

# Where each model with a relation to a person is found in the document, by the model's label.
SECTION_OF = {
    "account.EmailAddress": "email_addresses",
    "accounts.Invitation": "invitations",
    "accounts.Membership": "profile",
    "accounts.SecurityEvent": "security_events",
    "accounts.Session": "sessions",
    "mfa.Authenticator": "sign_in_methods",
    "oauth_server.Authorization": "apps",
    "oauth_server.PairwiseSubject": "subjects",
    "oauth_server.PersonalToken": "personal_tokens",
    "socialaccount.SocialAccount": "connections",
}
# The others, and why they are not in it.
LEFT_OUT = {
    "accounts.User_user_permissions": "single rights are never given here; groups are",
    "accounts.AccountLink": "gone once it was used; security_events says that it was sent",
    "accounts.ReleasedName": "digests, by which nobody else gets a name",
    "accounts.Webhook": "what an admin subscribed for the site",
    "accounts.KnownDevice": "digests of browsers; security_events says where they were used",
    "oauth_server.BlockedHost": "what an admin blocked for the site",
    "admin.LogEntry": "what an admin did for the site; security_events has it as well",
    "oauth_server.AccessToken": "a digest that ends within the hour; apps says who has access",
    "oauth_server.AuthorizationCode": "a digest that ends within a minute",
    "oauth_server.Client": "what an admin registered for the site",
    "oauth_server.DeviceGrant": "a digest that ends within minutes",
    "oauth_server.IDToken": "its table is kept empty",
    "oauth_server.InitialAccessToken": "what an admin made for the site",
    "oauth_server.KeptAnswer": "sealed for a day, so that what is sent again is not done again",
    "oauth_server.RefreshToken": "a digest; apps says who has access",
}


@pytest.fixture
def browser(alice: User) -> Browser:
    return signed_in(alice)


def exported(browser: Browser) -> dict[str, Any]:
    response = browser.post(PAGE)
    assert response.status_code == 200
    return json.loads(b"".join(response.streaming_content))


def test_the_file_holds_what_is_kept(
    app: App, alice: User, browser: Browser, example_id: SocialApp
) -> None:
    app.tokens_for(alice)
    told = {"userinfo": {"name": "Alice", "access_token": "secret of theirs"}}
    SocialAccount.objects.create(user=alice, provider="example", uid="a-1", extra_data=told)
    scopes = frozenset({"profile"})
    PersonalToken.objects.issue(alice, name="mine", scopes=scopes, expires=timezone.now())
    User.objects.filter(pk=alice.pk).update(nickname="Al", birthdate="1990-12-31")
    found = exported(browser)

    assert (found["format"], found["version"]) == ("latchkey-account-export", 4)
    assert found["profile"]["sub"] == alice.sub
    assert found["profile"]["birthdate"] == "1990-12-31"
    assert found["email_addresses"] == [
        {"email": "alice@example.com", "verified": True, "primary": True}
    ]
    assert found["sign_in_methods"][0]["type"] == "password"
    (connection,) = found["connections"]
    assert (connection["name"], connection["account"]) == ("Example ID", "a-1")
    assert connection["told"] == {"userinfo": {"name": "Alice"}}
    assert len(found["sessions"]) == 2
    (let_in,) = found["apps"]
    assert let_in["knows_you_as"] == alice.sub
    assert let_in["scopes"] == ["email", "openid", "profile"]
    assert found["personal_tokens"][0]["name"] == "mine"
    assert {event["kind"] for event in found["security_events"]} >= {"sign_in", "exported"}


def test_no_secret_is_in_the_file(app: App, alice: User, browser: Browser) -> None:
    tokens = app.tokens_for(alice)
    scopes = frozenset({"profile"})
    own = PersonalToken.objects.issue(alice, name="mine", scopes=scopes, expires=None)
    kept = PersonalToken.objects.get().digest
    text = json.dumps(exported(browser))

    for secret in (*tokens.values(), own, kept, alice.password, browser.cookies.output()):
        if isinstance(secret, str) and len(secret) > 20 and " " not in secret:
            assert secret not in text


def test_many_events_come_whole(alice: User, browser: Browser) -> None:
    SecurityEvent.objects.bulk_create(
        unsaved(Event.PASSKEY_ADDED, user=alice, details={"name": f"“{number}”\n"})
        for number in range(1_200)
    )
    found = exported(browser)["security_events"]
    assert len(found) > 1_200
    names = {each["details"].get("name") for each in found}
    assert {"“0”\n", "“1198”\n"} <= names


def test_who_acted_is_in_it_but_not_where_an_admin_sits(
    alice: User, browser: Browser, rf: RequestFactory
) -> None:
    where = {"request": rf.get("/", REMOTE_ADDR="192.0.2.99", HTTP_USER_AGENT="Firefox/130.0")}
    happens(Event.CHANGED_BY_ADMIN, user=alice, **where)
    happens(Event.PERSONAL_TOKEN_MADE, user=alice, details=Name("By an admin"), **where)
    own, by_admin = (
        {name: event[name] for name in ("kind", "actor", "address", "user_agent")}
        for event in exported(browser)["security_events"]
        if event["kind"] in (Event.CHANGED_BY_ADMIN, Event.PERSONAL_TOKEN_MADE)
    )
    hers = {"address": "192.0.2.99", "user_agent": "Firefox/130.0"}
    assert own == {"kind": "personal_token_made", "actor": "person", **hers}
    nowhere = {"address": "", "user_agent": ""}
    assert by_admin == {"kind": "changed_by_admin", "actor": "admin", **nowhere}


def test_nothing_of_anybody_else_is_in_it(app: App, browser: Browser, bob: User) -> None:
    app.tokens_for(bob)
    signed_in(bob)
    text = json.dumps(exported(browser))
    assert bob.sub not in text
    assert bob.email not in text


def test_the_file_has_a_name_and_is_kept_by_nobody(browser: Browser, settings: Any) -> None:
    settings.SITE_NAME = "Größe & Co"
    response = browser.post(PAGE)
    response.close()
    today = timezone.localdate().isoformat()
    assert response["Content-Disposition"] == f'attachment; filename="groe-co-{today}.json"'
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Type"] == "application/json"


def test_it_needs_a_fresh_confirmation(alice: User, browser: Browser) -> None:
    let_proof_expire(browser)
    assert browser.post(PAGE)["Location"] == PAGE
    assert browser.get(PAGE)["Location"].startswith("/accounts/reauthenticate/")
    assert not SecurityEvent.objects.filter(kind=Event.EXPORTED).exists()
    assert Browser().get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"
    assert Browser().post(PAGE)["Location"].startswith("/accounts/login/")


def test_the_confirmation_leads_to_the_page_and_not_to_a_file(browser: Browser) -> None:
    """A file in the place of the answer would leave the person on the page that asked."""
    let_proof_expire(browser)
    asking = browser.get(browser.post(PAGE)["Location"])["Location"]
    answer = browser.post(asking, {"password": PASSWORD})
    assert answer["Location"] == PAGE
    assert browser.get(PAGE).status_code == 200


def test_it_is_recorded_and_limited(browser: Browser, settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"export": "2/h"}
    for _ in range(2):
        exported(browser)
    response = browser.post(PAGE)
    assert response.status_code == 429
    assert SecurityEvent.objects.filter(kind=Event.EXPORTED).count() == 2


def related() -> set[str]:
    """Every model that has a relation to a person, or that a person has one to."""
    fields = User._meta.get_fields(include_hidden=True)
    models = {field.related_model for field in fields if field.auto_created and field.is_relation}
    return {model._meta.label for model in models if model}


def test_every_model_about_a_person_is_in_it_or_left_out_for_a_reason() -> None:
    decided = set(SECTION_OF) | set(LEFT_OUT)
    assert related() - decided == set(), (
        "Put it into accounts/account_pages/export_document.py, or say here why not."
    )
    assert not set(SECTION_OF) & set(LEFT_OUT)


def test_the_document_tells_its_shape(browser: Browser) -> None:
    found = exported(browser)
    assert PERSONAL_TOKENS_AND_EXPORT.names("What an export holds") == list(found)
    assert set(SECTION_OF.values()) <= set(found)
