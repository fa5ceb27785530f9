"""What is stored of an event, said in words."""

from datetime import UTC, datetime
from itertools import product

import pytest
from django.utils import translation

from accounts.models import SecurityEvent
from accounts.models.event_kinds import GROUPS, Actor, Event, Outcome
from accounts.security_events.details import (
    Action,
    Address,
    AdminChange,
    ClientRemoval,
    CodesLeft,
    Connection,
    Details,
    Ended,
    Extent,
    Name,
    Nothing,
    ProfileFields,
    Proof,
    Reason,
    Refresh,
    Refusal,
    SessionsEnded,
    TokensEnded,
    structure_of,
)
from accounts.security_events.receipts import Receipt
from accounts.security_events.words import sentence
from tests.accounts.security_events.events import EXAMPLES, unsaved

NAMES = {"example": "Example ID"}
USED = datetime(2030, 5, 3, 10, 15, tzinfo=UTC)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"


def said(kind: Event, details: Details, outcome: str = "succeeded", **columns: str) -> str:
    return sentence(unsaved(kind, outcome, details=details.as_json(), **columns), NAMES)


def test_every_kind_has_words_and_a_group() -> None:
    for kind in Event:
        assert [group for group, kinds in GROUPS.items() if kind in kinds], f"{kind}: no group"
        words = [said(kind, EXAMPLES[structure_of(kind, outcome)], outcome) for outcome in Outcome]
        plain = [str(SecurityEvent(kind=kind, outcome=outcome)) for outcome in Outcome]
        assert words != plain, f"{kind}: no sentence"


def test_an_event_that_has_lost_its_details_is_still_said() -> None:
    for kind, actor, outcome in product(Event, Actor, Outcome):
        assert sentence(unsaved(kind, outcome, actor=actor), {}), (kind, actor, outcome)


@pytest.mark.parametrize(
    ("kind", "outcome", "details", "words"),
    [
        (Event.SIGN_IN, "succeeded", Proof(("password",)), "You signed in with your password"),
        (Event.SIGN_IN, "succeeded", Proof(("code",)), "You signed in with a code sent by e-mail"),
        (
            Event.SIGN_IN,
            "succeeded",
            Proof(("third_party", "totp"), "example"),
            "You signed in with Example ID",
        ),
        (
            Event.SIGN_IN,
            "succeeded",
            Proof(("password", "totp")),
            "You signed in with your password",
        ),
        (Event.SIGN_IN, "succeeded", Proof(()), "You signed in"),
        (
            Event.SIGN_IN,
            "failed",
            Refusal(Reason.PASSWORD),
            "Somebody tried to sign in with a wrong password",
        ),
        (
            Event.CONFIRMED,
            "failed",
            Refusal(Reason.SECOND_FACTOR),
            "Somebody who was signed in entered a wrong code",
        ),
        (
            Event.SIGN_IN,
            "failed",
            Refusal(Reason.THIRD_PARTY, "example", "ThirdPartyDeclined"),
            "A sign-in with Example ID failed",
        ),
        (
            Event.CONNECTION_ADDED,
            "failed",
            Refusal(Reason.THIRD_PARTY, "gone", "ThirdPartyDeclined"),
            "Connecting an account at gone failed",
        ),
        (
            Event.CONNECTION_ADDED,
            "succeeded",
            Connection("example"),
            "You connected an account at Example ID",
        ),
        (
            Event.TOKEN_REFRESHED,
            "succeeded",
            Refresh(),
            "A deleted app renewed its access",
        ),
        (
            Event.EVERYTHING_ENDED,
            "succeeded",
            Ended(Receipt(sessions=2, apps=1, codes=1)),
            "You were signed out everywhere. Ended: 2 sessions and 1 unused code.",
        ),
        (
            Event.EVERYTHING_ENDED,
            "succeeded",
            Ended(Receipt(sessions=1, last_used=USED)),
            "You were signed out everywhere. Ended: 1 session, last used on 3 May 2030 at 10:15.",
        ),
        (
            Event.APP_REMOVED,
            "succeeded",
            Ended(Receipt()),
            "You removed the access of a deleted app. Nothing was active any more.",
        ),
        (
            Event.PROFILE_CHANGED,
            "succeeded",
            ProfileFields(("nickname", "birthdate")),
            "You changed your profile: nickname and date of birth",
        ),
        (
            Event.RECOVERY_CODE_USED,
            "succeeded",
            CodesLeft(9),
            ("You used a recovery code (9 left)"),
        ),
        (
            Event.SESSION_ENDED,
            "succeeded",
            SessionsEnded(sessions=1, user_agent=IPHONE),
            "You signed out a device: Safari on iPhone",
        ),
        (
            Event.SESSION_ENDED,
            "succeeded",
            SessionsEnded(sessions=1, user_agent="?"),
            "You signed out a device: an unknown device",
        ),
        (
            Event.CHANGED_BY_ADMIN,
            "succeeded",
            AdminChange(Action.CHANGE, changes=({"changed": {"fields": ["Name", "Active"]}},)),
            "An admin of this site changed your account: Changed Name and Active.",
        ),
        (
            Event.ADMIN_CLIENT,
            "succeeded",
            AdminChange(Action.CHANGE, "oauth_server.client", "1", "Album", message="New secret."),
            "As an admin, you changed client app “Album”. New secret.",
        ),
        (
            Event.ADMIN_OTHER,
            "succeeded",
            AdminChange(Action.DELETION, "gone.thing", "1", "“x”. y"),
            "As an admin, you deleted gone.thing ““x”. y”.",
        ),
    ],
)
def test_what_happened_is_said_in_a_sentence(
    kind: Event, outcome: str, details: Details, words: str
) -> None:
    assert said(kind, details, outcome) == words


@pytest.mark.parametrize(
    ("kind", "actor", "details", "words"),
    [
        (
            Event.APP_REMOVED,
            Actor.ADMIN,
            Ended(),
            "An admin of this site removed the access of a deleted app",
        ),
        (
            Event.TOKEN_REVOKED,
            Actor.ADMIN,
            TokensEnded(code=Extent.SIGN_IN),
            "An admin of this site signed you out of a deleted app",
        ),
        (
            Event.TOKEN_REVOKED,
            Actor.CLIENT,
            TokensEnded(code=Extent.SIGN_IN),
            "A deleted app signed you out",
        ),
        (
            Event.TOKEN_REVOKED,
            Actor.CLIENT,
            TokensEnded(Receipt(access_tokens=1), code=Extent.SESSION),
            "A deleted app signed you out",
        ),
        (
            Event.PERSONAL_TOKEN_REVOKED,
            Actor.PERSON,
            Name("By an admin"),
            "You revoked your personal access token “By an admin”",
        ),
        (
            Event.PERSONAL_TOKEN_REVOKED,
            Actor.ADMIN,
            Name("by you: script"),
            "An admin of this site revoked your personal access token “by you: script”",
        ),
        (
            Event.PERSONAL_TOKEN_REVOKED,
            Actor.UNKNOWN,
            Name("script"),
            "Somebody who had your personal access token “script” revoked it",
        ),
        (
            Event.CLIENT_REMOVED,
            Actor.SITE,
            ClientRemoval(30),
            "A deleted app was removed from this site (unused for 30 days)",
        ),
        (
            Event.CLIENT_REMOVED,
            Actor.CLIENT,
            ClientRemoval(),
            "A deleted app removed its registration",
        ),
        (
            Event.DELETION_CANCELLED,
            Actor.ADMIN,
            Nothing(),
            "An admin of this site cancelled the deletion of this account",
        ),
        (
            Event.PASSKEY_ADDED,
            Actor.PERSON,
            Name("by an admin"),
            "You added the passkey “by an admin”",
        ),
        (
            Event.EMAIL_ADDED,
            Actor.PERSON,
            Address("{why}{0.__class__}@example.com"),
            "You added the e-mail address {why}{0.__class__}@example.com",
        ),
    ],
)
def test_who_acted_is_said(kind: Event, actor: Actor, details: Details, words: str) -> None:
    assert said(kind, details, actor=actor) == words


def test_old_words_that_nobody_understands_are_said_as_they_are() -> None:
    old = {"old_text": "In old words."}
    event = unsaved(Event.APP_REMOVED, details=old)
    assert sentence(event, {}) == "The access of a deleted app was removed. In old words."


def test_what_an_admin_changed_is_said_in_the_readers_language() -> None:
    change = AdminChange(Action.CHANGE, "accounts.user", "1", "Alice", message="")
    with translation.override("de"):
        assert "Person „Alice“ geändert" in said(Event.ADMIN_PERSON, change)


def test_an_outcome_without_a_sentence_is_named_by_its_kind() -> None:
    event = unsaved(Event.SIGN_OUT, outcome="failed")
    assert sentence(event, {}) == str(event)
