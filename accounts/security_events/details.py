"""Structure the facts of an event beside its columns: the keys that `SecurityEvent.details` has.

Each kind of event has one structure, named in DONE or, where it failed, in FAILED; a kind that is
in neither has no details. The names of a structure's fields are the keys of the JSON, and stay:
exports and log collectors read them. A key is left out where there is nothing to say. Structures
hold codes, counts and names; the words for them are made by reasons.py and words.py when somebody
reads. docs/security-events.md tells the same to who reads the JSON, and a test holds it to this.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from enum import StrEnum
from typing import Any, Self

from accounts.models import SecurityEvent
from accounts.models.event_kinds import DONE_AS_ADMIN, Event, Outcome
from accounts.security_events.receipts import Receipt
from accounts.text.cleaning import clean

TEXT_LENGTH = 200
ITEMS = 50  # of a list


class Reason(StrEnum):
    """Name why something was refused."""

    PASSWORD = "password"  # noqa: S105
    CODE = "code"
    SECOND_FACTOR = "second_factor"
    PASSKEY = "passkey"
    INACTIVE = "inactive"  # an admin switched the account off
    CLOSED = "closed"  # the account is about to be deleted
    THIRD_PARTY = "third_party"  # `provider` names it, `problem` says what it was
    SECRET = "secret"  # noqa: S105
    NO_SECRET = "no_secret"  # noqa: S105
    ASSERTION = "assertion"
    UNREADABLE_HEADER = "unreadable_header"
    REGISTRATION_ACCESS_TOKEN = "registration_access_token"  # noqa: S105
    INITIAL_ACCESS_TOKEN = "initial_access_token"  # noqa: S105


class Action(StrEnum):
    """Name what an admin did to a row."""

    ADDITION = "addition"
    CHANGE = "change"
    DELETION = "deletion"


class Extent(StrEnum):
    """Say how much of what a client held was ended."""

    CLIENT = "client"  # all of it, of every person
    SESSION = "session"  # what it earned from one session of the person
    GROUP = "group"  # what it had of a person who is in none of the groups that may use it now
    SIGN_IN = "sign_in"  # what came from one sign-in at the client


@dataclass(frozen=True)
class Details:
    """Base the structures on what they share."""

    def as_json(self) -> dict[str, Any]:
        """Return what is stored: clean, bounded, without what says nothing."""
        held = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: _storable(value) for name, value in held.items() if not _is_empty(value)}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Return the structure that `stored` is of. An event of a person who was deleted has lost
        its details: what is missing is read as empty."""
        return cls(**{each.name: _read(each, stored) for each in fields(cls)})


@dataclass(frozen=True)
class Nothing(Details):
    """Add nothing: the kind and the actor say it all."""


@dataclass(frozen=True)
class OldText(Details):
    """Keep the words of an event that is older than these structures, which could not be made into
    one."""

    old_text: str


@dataclass(frozen=True)
class Proof(Details):
    """Say how a person showed who they are: allauth's names of the methods, in their order, such as
    "password", "webauthn", "totp" or "third_party", whose ID is `provider`."""

    methods: tuple[str, ...]
    provider: str = ""


@dataclass(frozen=True)
class Refusal(Details):
    """Say why it was refused. `problem`: what was wrong at the third party, as its class is
    called."""

    code: Reason
    provider: str = ""
    problem: str = ""


@dataclass(frozen=True)
class SessionsEnded(Details):
    """Count the sessions that were ended from another one. `user_agent`: of the one that was chosen
    by itself; of old events, `browser` and `system` alone are known. `is_rest`: all others."""

    sessions: int = 0
    is_rest: bool = False
    user_agent: str = ""
    browser: str = ""
    system: str = ""


@dataclass(frozen=True)
class Address(Details):
    """Name an e-mail address of the person, or one that they invited."""

    email: str


@dataclass(frozen=True)
class Name(Details):
    """Keep what a passkey or a personal token was called then."""

    name: str


@dataclass(frozen=True)
class ClientName(Name):
    """Name a client app as `Name` does. `client_id`: its client ID, where the event's client is
    another one, which acted upon it."""

    client_id: str = ""


@dataclass(frozen=True)
class ClientChange(Name):
    """Name the client as `Name` does. `taken_back`: what an admin had given the client as it was
    before, by column: is_verified, skip_authorization, required_scopes, scopes,
    resources, logo, lifetimes; "kind" where an admin had said that it is an app."""

    taken_back: tuple[str, ...] = ()


@dataclass(frozen=True)
class CodesLeft(Details):
    """Count the recovery codes that are left."""

    left: int


@dataclass(frozen=True)
class Connection(Details):
    """Name a third party by its ID."""

    provider: str


@dataclass(frozen=True)
class ProfileFields(Details):
    """List the fields that changed, by their names in the profile; never what they say."""

    fields: tuple[str, ...]


@dataclass(frozen=True)
class AdminChange(Details):
    """Say what an admin did in Django admin to the row `object_id`, called `object`, of `model`,
    such as "oauth_server.client". For the person whose account it was, the row is themselves, and
    is left out.

    `changes`: the fields and rows that changed, in Django's own form (LogEntry.change_message),
    with the old and the new value of each field in `values`, but of secrets; or `message`: the
    words that stand there in their place.
    """

    action: Action
    model: str = ""
    object_id: str = ""
    object: str = ""
    changes: tuple[dict[str, Any], ...] = ()
    message: str = ""


@dataclass(frozen=True)
class EventExport(Details):
    """Say which security events an admin exported: as "csv" or "jsonl", and by what they were
    filtered, each as "name: value"; a person by their `sub`."""

    format: str
    filtered: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scopes(Details):
    """List the scopes that were asked for or allowed."""

    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Redemption(Details):
    """Say what was redeemed: "authorization_code" or "device_code"."""

    grant: str


@dataclass(frozen=True)
class Refresh(Details):
    """Describe a refresh. `is_retry`: the same answer again, for a client that lost it."""

    is_retry: bool = False


@dataclass(frozen=True)
class Exchange(Details):
    """Describe a token exchange. `source`: the name of the client whose token was exchanged;
    `impersonates`: what came of it does not tell that somebody acts."""

    source: str
    scopes: tuple[str, ...] = ()
    impersonates: bool = False


@dataclass(frozen=True)
class Assertion(Details):
    """Say to which server, by its issuer, somebody was vouched for, and what may be asked there."""

    audience: str
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vouched(Connection):
    """Name the third party that vouched as `Connection` does, and what the client may."""

    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Replay(Details):
    """Describe a replay. `presented_by`: the client ID of another client that presented it."""

    presented_by: str = ""


@dataclass(frozen=True)
class Ended(Details):
    """Count what was ended: sessions, apps, access_tokens, refresh_tokens, codes, personal_tokens,
    and when the last of it was used."""

    ended: Receipt | None = None


@dataclass(frozen=True)
class AppEnded(Ended):
    """Count what was ended of one client, as `Ended` does. `by`: the client ID of another client
    that ended it, which was called `name` then."""

    by: str = ""
    name: str = ""

    @staticmethod
    def told_of(client: Any) -> dict[str, str]:
        """Return these two for the client that ended it, if one did."""
        return {"by": client.client_id, "name": client.name} if client else {}


@dataclass(frozen=True)
class TokensEnded(AppEnded):
    """Count the tokens of one client that were ended, as `AppEnded` does. `code`: how much of
    them."""

    code: Extent = field(kw_only=True)


@dataclass(frozen=True)
class AgentsEnded(Ended):
    """Count what was ended of several clients, as `Ended` does. `agents`: how many there were,
    `clients`: their client IDs; `host`: whose all of them were, where that is why."""

    agents: int = 0
    clients: tuple[str, ...] = ()
    host: str = ""


@dataclass(frozen=True)
class InGroup(Details):
    """Name a group, and the rule by which somebody came into it: "" where it was by hand."""

    group: str
    rule: str = ""


@dataclass(frozen=True)
class Deletion(Details):
    """Name the day of the deletion, UTC: "2030-12-31"."""

    date: str


@dataclass(frozen=True)
class ClientRemoval(Details):
    """Say for how long nobody used the client that was removed for that: `unused_days`."""

    unused_days: int = 0


@dataclass(frozen=True)
class WebhookEnd(Name):
    """Name the webhook as `Name` does. `code`: why it was disabled, "failing" for a day or "gone"
    as its receiver says, or what its client did: "made", "changed", "new_secret", "deleted";
    `host`: of its address."""

    host: str = ""
    code: str = ""


@dataclass(frozen=True)
class ResourceChange(Name):
    """Name the protected resource as `Name` does. `identifier`: its address; `code`: what its
    server did, "made", "changed" or "deleted"."""

    identifier: str = ""
    code: str = ""


@dataclass(frozen=True)
class RequestRefusal(Details):
    """Say why a client's request was refused: at which `endpoint`, with which `error` of RFC 6749,
    and in which words. `parameter` is what it was about, `sent` what the client wrote there and
    `expected` what would have done: of addresses without their queries, of credentials nothing."""

    endpoint: str
    error: str
    problem: str = ""
    parameter: str = ""
    sent: str = ""
    expected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limit(Details):
    """Name the limit, as in settings.RATE_LIMITS."""

    limit: str


DONE: dict[Event, type[Details]] = {
    **dict.fromkeys((Event.SIGN_IN, Event.CONFIRMED, Event.SIGNED_UP), Proof),
    Event.SESSION_ENDED: SessionsEnded,
    **dict.fromkeys((Event.EMAIL_ADDED, Event.EMAIL_VERIFIED, Event.EMAIL_PRIMARY), Address),
    **dict.fromkeys((Event.EMAIL_REMOVED, Event.TAKEN_OVER), Address),
    **dict.fromkeys((Event.INVITATION_SENT, Event.INVITATION_WITHDRAWN), Address),
    **dict.fromkeys((Event.PASSKEY_ADDED, Event.PASSKEY_RENAMED, Event.PASSKEY_REMOVED), Name),
    **dict.fromkeys((Event.PERSONAL_TOKEN_MADE, Event.PERSONAL_TOKEN_REVOKED), Name),
    Event.RECOVERY_CODE_USED: CodesLeft,
    **dict.fromkeys((Event.CONNECTION_ADDED, Event.CONNECTION_REMOVED), Connection),
    Event.PROFILE_CHANGED: ProfileFields,
    Event.CHANGED_BY_ADMIN: AdminChange,
    **dict.fromkeys((Event.GROUP_JOINED, Event.GROUP_LEFT), InGroup),
    Event.DELETION_ASKED: Deletion,
    **dict.fromkeys((Event.CONSENT_GIVEN, Event.CODE_ISSUED, Event.DEVICE_APPROVED), Scopes),
    Event.CODE_REDEEMED: Redemption,
    Event.TOKEN_REFRESHED: Refresh,
    Event.TOKEN_EXCHANGED: Exchange,
    Event.IDENTITY_ASSERTED: Assertion,
    Event.ASSERTION_REDEEMED: Vouched,
    Event.TOKEN_REVOKED: TokensEnded,
    Event.EVERYTHING_ENDED: Ended,
    Event.APP_REMOVED: AppEnded,
    Event.AGENTS_REMOVED: AgentsEnded,
    **dict.fromkeys((Event.CLIENT_SECRET_MADE, Event.CLIENT_SECRET_ENDED), ClientName),
    Event.CLIENT_REGISTERED: ClientName,
    Event.CLIENT_CHANGED: ClientChange,
    Event.CLIENT_REMOVED: ClientRemoval,
    Event.RESOURCE_CHANGED: ResourceChange,
    **dict.fromkeys((Event.WEBHOOK_CHANGED, Event.WEBHOOK_DISABLED), WebhookEnd),
    **dict.fromkeys(DONE_AS_ADMIN, AdminChange),
    Event.EVENTS_EXPORTED: EventExport,
    Event.ADMIN_AGENTS: AgentsEnded,
}
FAILED: dict[Event, type[Details]] = {
    **dict.fromkeys((Event.SIGN_IN, Event.CONFIRMED, Event.CONNECTION_ADDED), Refusal),
    **dict.fromkeys((Event.PASSWORD_RESET, Event.EMAIL_VERIFIED), Refusal),
    **dict.fromkeys((Event.CLIENT_REFUSED, Event.CLIENT_REGISTERED), Refusal),
    Event.REQUEST_REFUSED: RequestRefusal,
    Event.PASSKEY_REFUSED: Name,
    Event.SECOND_STEP_REFUSED: Proof,
    Event.CONSENT_REFUSED: Scopes,
    Event.TOKEN_REPLAYED: Replay,
    Event.LIMIT_HIT: Limit,
}


def structure_of(kind: Event, outcome: Outcome) -> type[Details]:
    """Return the structure that the details of such an event have."""
    of_outcome = DONE if outcome == Outcome.SUCCEEDED else FAILED
    return of_outcome.get(kind, Nothing)


def details_of(event: SecurityEvent) -> Details:
    """Return the details of a stored event, `OldText` where they were never more than words."""
    if "old_text" in event.details:
        return OldText.read(event.details)
    return structure_of(Event(event.kind), Outcome(event.outcome)).read(event.details)


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value in ("", ())


def _storable(value: Any) -> Any:
    if isinstance(value, Receipt):
        return value.as_json()
    if isinstance(value, str):
        return clean(value, TEXT_LENGTH)
    if isinstance(value, dict):
        return {name: _storable(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_storable(each) for each in value[:ITEMS]]
    return value


def _read(key: Field[Any], stored: Mapping[str, Any]) -> Any:
    """Return a field's value. A code that is not known here stays the text that it is."""
    if key.name not in stored:
        return key.default if key.default is not MISSING else _nothing_of(key.type)
    value = stored[key.name]
    if key.name == "ended":
        return Receipt.read(value)
    return tuple(value) if isinstance(value, list) else value


def _nothing_of(kind: Any) -> Any:
    if kind is int:
        return 0
    return "" if isinstance(kind, type) and issubclass(kind, str) else ()
