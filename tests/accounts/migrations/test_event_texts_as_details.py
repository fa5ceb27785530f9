"""What the update makes of the one text that events had before it: on a database of that time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from accounts.security_events.words import sentence
from tests.accounts.account_pages.proof import signed_in
from tests.earlier import Earlier, Rows, tables_after

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.xdist_group("event texts"),  # one process goes back and on, not two
]

BEFORE = [("accounts", "0010_addresses_that_count"), ("oauth_server", "0010_waiting_logout_tokens")]
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"
WHERE = {"address": "192.0.2.99", "user_agent": FIREFOX}

RECEIPT = "sessions=2 apps=1 last_used=2030-05-03T10:15:00+00:00"
RECEIPT_READ = {"sessions": 2, "apps": 1, "last_used": "2030-05-03T10:15:00+00:00"}
LONG_SCOPE = "openid " + "x" * 193

OLD = [
    ("sign_in", "succeeded", "", "person", {}, "You signed in"),
    (
        *("sign_in", "succeeded", "password + totp", "person"),
        {"methods": ["password", "totp"]},
        "You signed in with your password",
    ),
    (
        *("sign_in", "succeeded", "third_party example + webauthn", "person"),
        {"methods": ["third_party", "webauthn"], "provider": "example"},
        "You signed in with example",
    ),
    (
        *("sign_in", "succeeded", "something + else", "person"),
        {"old_text": "something + else"},
        "You signed in",
    ),
    (
        *("sign_in", "failed", "password", "unknown", {"code": "password"}),
        "Somebody tried to sign in with a wrong password",
    ),
    (
        *("sign_in", "failed", "third_party example: ThirdPartyDeclined", "unknown"),
        {"code": "third_party", "provider": "example", "problem": "ThirdPartyDeclined"},
        "A sign-in with example failed",
    ),
    (
        *("sign_in", "failed", "closed", "unknown", {"code": "closed"}),
        "A sign-in was refused because this account was about to be deleted",
    ),
    ("sign_in", "failed", "Huh?", "unknown", {"old_text": "Huh?"}, "A sign-in failed"),
    (
        *("sign_in_confirmed", "failed", "second_factor", "unknown", {"code": "second_factor"}),
        "Somebody who was signed in entered a wrong code",
    ),
    (
        *("connection_added", "failed", "third_party example: SetUpWrong", "person"),
        {"code": "third_party", "provider": "example", "problem": "SetUpWrong"},
        "Connecting an account at example failed",
    ),
    ("sign_out", "succeeded", "", "person", {}, "You signed out"),
    (
        *("session_ended", "succeeded", "Firefox on Windows", "person"),
        {"browser": "Firefox", "system": "Windows"},
        "You signed out a device: Firefox on Windows",
    ),
    (
        *("session_ended", "succeeded", "all others", "person", {"is_rest": True}),
        "You signed out all other devices",
    ),
    (
        *("session_ended", "succeeded", "an unknown device", "person", {}),
        "You signed out a device: an unknown device",
    ),
    (
        *("session_ended", "succeeded", "Firefox unter Windows", "person"),
        {"old_text": "Firefox unter Windows"},
        "You signed out a device: Firefox unter Windows",
    ),
    (
        *("email_added", "succeeded", "zoë@example.com", "person", {"email": "zoë@example.com"}),
        "You added the e-mail address zoë@example.com",
    ),
    (
        *("passkey_added", "succeeded", "by an admin", "person", {"name": "by an admin"}),
        "You added the passkey “by an admin”",
    ),
    (
        *("recovery_code_used", "succeeded", "9 left", "person", {"left": 9}),
        "You used a recovery code (9 left)",
    ),
    (
        *("second_factors_reset", "succeeded", "by the operator", "admin", {}),
        "An admin of this site reset two-step verification for your account",
    ),
    (
        *("connection_removed", "succeeded", "example", "person", {"provider": "example"}),
        "An account at example was disconnected",
    ),
    (
        *("profile_changed", "succeeded", "given name, birthdate", "person"),
        {"fields": ["given_name", "birthdate"]},
        "You changed your profile: first name and date of birth",
    ),
    (
        *("profile_changed", "succeeded", "shoe size", "person", {"old_text": "shoe size"}),
        "You changed your profile: shoe size",
    ),
    (
        *("changed_by_admin", "succeeded", "Changed Active.", "admin"),
        {"message": "Changed Active."},
        "An admin of this site changed your account: Changed Active.",
    ),
    ("consent_given", "succeeded", "openid email", "person", {"scopes": ["openid", "email"]}, ""),
    ("consent_refused", "failed", "openid", "person", {"scopes": ["openid"]}, ""),
    ("code_issued", "succeeded", LONG_SCOPE, "person", {"old_text": LONG_SCOPE}, ""),
    ("code_redeemed", "succeeded", "", "client", {"grant": "authorization_code"}, ""),
    ("code_redeemed", "succeeded", "device", "client", {"grant": "device_code"}, ""),
    ("token_refreshed", "succeeded", "retry", "client", {"is_retry": True}, ""),
    ("token_replayed", "failed", "by robot", "unknown", {"presented_by": "robot"}, ""),
    (
        *("token_revoked", "succeeded", "by an admin", "admin", {"code": "sign_in"}),
        "An admin of this site signed you out of a deleted app",
    ),
    (
        *("token_revoked", "succeeded", "by the app itself", "client", {"code": "sign_in"}),
        "A deleted app signed you out",
    ),
    (
        *("token_revoked", "succeeded", "signed out by the app", "client", {"code": "session"}),
        "A deleted app signed you out",
    ),
    (
        *("token_revoked", "succeeded", "nothing", "unknown", {"code": "client", "ended": {}}),
        "A deleted app lost access to your account. Nothing was active any more.",
    ),
    (
        *("app_removed", "succeeded", RECEIPT, "person", {"ended": RECEIPT_READ}),
        "You removed the access of a deleted app. Ended: 2 sessions, last used on 3 May 2030 at 10:15.",
    ),
    (
        *("app_removed", "succeeded", "By an admin.", "admin", {}),
        "An admin of this site removed the access of a deleted app",
    ),
    (
        *("app_removed", "succeeded", "Ended: 2 keys.", "person", {"old_text": "Ended: 2 keys."}),
        "The access of a deleted app was removed. Ended: 2 keys.",
    ),
    (
        *("personal_token_made", "succeeded", "By an admin", "person", {"name": "By an admin"}),
        "You created the personal access token “By an admin”",
    ),
    (
        *("personal_token_revoked", "succeeded", "by you: by an admin: x", "person"),
        {"name": "by an admin: x"},
        "You revoked your personal access token “by an admin: x”",
    ),
    (
        *("personal_token_revoked", "succeeded", "by an admin: x", "admin", {"name": "x"}),
        "An admin of this site revoked your personal access token “x”",
    ),
    (
        *("personal_token_revoked", "succeeded", "by its holder: x", "unknown", {"name": "x"}),
        "Somebody who had your personal access token “x” revoked it",
    ),
    ("deletion_asked", "succeeded", "2030-12-31", "person", {"date": "2030-12-31"}, ""),
    ("deletion_cancelled", "succeeded", "by an admin", "admin", {}, ""),
    ("deletion_cancelled", "succeeded", "", "person", {}, ""),
    ("account_deleted", "succeeded", "", "unknown", {}, ""),
    ("client_refused", "failed", "no secret", "unknown", {"code": "no_secret"}, ""),
    (
        *("client_registered", "failed", "initial access token", "unknown"),
        {"code": "initial_access_token"},
        "",
    ),
    ("client_registered", "succeeded", "Robot", "client", {"name": "Robot"}, ""),
    ("client_removed", "succeeded", "unused for 30 days", "site", {"unused_days": 30}, ""),
    ("client_removed", "succeeded", "by the app itself", "client", {}, ""),
    (
        *("admin_client", "succeeded", "change of client app “Album”. Changed Name.", "admin"),
        {
            "action": "change",
            "model": "oauth_server.client",
            "object": "Album",
            "message": "Changed Name.",
        },
        "As an admin, you changed client app “Album”. Changed Name.",
    ),
    (
        *("admin_client", "succeeded", "change of client app “A”. B”. Changed x.", "admin"),
        {"old_text": "change of client app “A”. B”. Changed x."},
        "As an admin, you changed a client app: change of client app “A”. B”. Changed x.",
    ),
    (
        *("admin_key", "succeeded", "RS256 rotated, new key abc", "admin"),
        {"old_text": "RS256 rotated, new key abc"},
        "As an admin, you changed a signing key: RS256 rotated, new key abc",
    ),
    ("limit_hit", "failed", "token", "unknown", {"limit": "token"}, ""),
]


# --- what was there before: the events of one person each ---

Row = dict[str, Any]


def row(kind: str, outcome: str = "succeeded", why: str = "", **columns: Any) -> Row:
    return {"kind": kind, "outcome": outcome, "why": why, **WHERE} | columns


def ended(*beside: Row) -> list[Row]:
    """Everything was ended, by the request that did what is `beside` that."""
    another = row("changed_by_admin", request_id="another")
    end = row("everything_ended", why=RECEIPT, request_id="same", address="198.51.100.8")
    return [another, *beside, end]


ENDED = ["sign_out", "password_reset", "changed_by_admin", "second_factors_reset"]

SCENES: dict[str, list[Row]] = {
    "every kind": [row(kind, outcome, why) for kind, outcome, why, *_ in OLD],
    "token": [
        row("personal_token_made", why="By an admin"),
        row("token_revoked", why="by an admin", address="203.0.113.7"),
    ],
    "": ended(),
    **{kind: ended(row(kind, request_id="same", address="")) for kind in ENDED},
    "squatter": [
        row("connection_removed", why="example", request_id="same"),
        row("email_verified", why="alice@example.com", request_id="same"),
    ],
    "no more": [row("admin_scope", why="change of scope “x”. Changed y.")],
    "interrupted": [row("email_added", why=f"a{number}@example.com") for number in range(1_100)],
}
_READ_ALREADY = {"actor": "person", "details": {"email": "kept"}, "why": "not read again"}


@dataclass
class Scene:
    """A person, and what their events became."""

    person: User
    events: list[SecurityEvent]


@pytest.fixture(scope="module")
def updated(django_db_setup: None, django_db_blocker: Any) -> dict[str, Rows]:
    """The rows that each scene's events became, by the one update that all tests look at."""
    with django_db_blocker.unblock(), tables_after(*BEFORE) as then:
        keys = {name: _made(then, number, name) for number, name in enumerate(SCENES, start=1)}
        then.go_on(("accounts", "0011_event_actor_and_details"))
        kept = then.model("accounts.SecurityEvent").objects.filter(pk=keys["interrupted"][0])
        kept.update(**_READ_ALREADY)
        then.go_on(
            ("accounts", "0012_event_texts_as_details"), ("accounts", "0013_event_without_text")
        )
        found = {row["id"]: row for row in then.rows("accounts.SecurityEvent")}
    return {name: [found[key] for key in keys[name]] for name in SCENES}


def _made(then: Earlier, number: int, name: str) -> list[int]:
    """Add a person with the events of a scene. No request of it is one of another scene."""
    person = then.model("accounts.User").objects.create(sub=name, email=f"{number}@example.com")
    keys = []
    for each in SCENES[name]:
        request = f"{each['request_id']}-{number}" if "request_id" in each else ""
        row = each | {"request_id": request, "user_id": person.pk}
        keys.append(int(then.model("accounts.SecurityEvent").objects.create(**row).pk))
    return keys


@pytest.fixture
def scene(updated: dict[str, Rows], alice: User) -> Callable[[str], Scene]:
    """Gives Alice the events of a scene, as rows of today."""

    def happened(name: str) -> Scene:
        rows = [row | {"id": None, "user_id": alice.pk} for row in updated[name]]
        SecurityEvent.objects.bulk_create(SecurityEvent(**row) for row in rows)
        return Scene(alice, list(SecurityEvent.objects.filter(user=alice).order_by("pk")))

    return happened


# --- what it became ---


def test_every_kind_of_text_is_read_and_reads_as_before(scene: Callable[[str], Scene]) -> None:
    events = scene("every kind").events
    found = [(event.actor, event.details) for event in events]
    assert found == [(actor, details) for *_, actor, details, _ in OLD]
    said = [sentence(event, {}) for event in events]
    assert all(said)
    assert [words for words, old in zip(said, OLD, strict=True) if old[-1]] == [
        old[-1] for old in OLD if old[-1]
    ]


def test_a_token_named_by_an_admin_hides_no_device_and_no_address(
    scene: Callable[[str], Scene],
) -> None:
    token = scene("token")
    made, _ = token.events
    browser = signed_in(token.person)
    page = browser.get("/account/activity/?group=account").content.decode()
    assert "You created the personal access token “By an admin”" in page
    assert "192.0.2.99" in page
    assert "Firefox on Windows" in page
    assert "203.0.113.7" not in browser.get("/account/activity/?group=apps").content.decode()
    found = browser.get("/account/activity/?q=192.0.2.99+firefox").content.decode()
    assert "By an admin" in found
    not_me = browser.get(f"/account/activity/{made.pk}/not-me/").content.decode()
    assert "An admin of this site did this" not in not_me


@pytest.mark.parametrize(
    ("beside", "actor", "is_shown"),
    [
        ("sign_out", "person", True),
        ("password_reset", "person", True),
        ("changed_by_admin", "admin", False),
        ("second_factors_reset", "admin", False),
        ("", "unknown", False),
    ],
)
def test_who_ended_everything_is_told_by_what_else_the_request_did(
    scene: Callable[[str], Scene], beside: str, actor: str, is_shown: bool
) -> None:
    found = scene(beside)
    *_, event = found.events
    assert (event.actor, event.details) == (actor, {"ended": RECEIPT_READ})
    page = signed_in(found.person).get("/account/activity/").content.decode()
    assert ("198.51.100.8" in page) is is_shown


def test_a_squatters_connection_was_removed_by_the_site(scene: Callable[[str], Scene]) -> None:
    removed, _ = scene("squatter").events
    assert removed.actor == "site"


def test_a_kind_that_is_no_more_is_something_else(scene: Callable[[str], Scene]) -> None:
    (event,) = scene("no more").events
    assert event.kind == Event.ADMIN_OTHER
    assert "change of scope “x”. Changed y." in sentence(event, {})


def test_more_than_a_batch_is_read_and_an_interrupted_update_goes_on(
    scene: Callable[[str], Scene],
) -> None:
    emails = [event.details["email"] for event in scene("interrupted").events]
    assert emails == ["kept", *(f"a{number}@example.com" for number in range(1, 1_100))]
