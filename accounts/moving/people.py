"""Check people who come from another server, and make their accounts: nobody's is ever changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.groups import membership
from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.moving.hashes import InvalidHash, stored
from accounts.security_events.details import Action, AdminChange
from accounts.security_events.record import record
from accounts.site.provider_names import provider_names

TEXTS = (
    *("email", "sub", "name", "given_name", "family_name", "preferred_username"),
    *("locale", "zoneinfo", "password_hash"),
)
SWITCHES = {"email_verified": False, "is_active": True}
FIELDS = frozenset({*TEXTS, *SWITCHES, "groups", "connections"})
BATCH = 500
_LONGEST_SUBJECT = 255  # OpenID Connect Core section 2
_WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass
class Person:
    """Hold somebody of a line: the rows to be made, or what is wrong by field."""

    line: int
    user: User
    is_verified: bool = False
    groups: tuple[str, ...] = ()
    connections: tuple[tuple[str, str], ...] = ()  # the third party's ID, and its ID of the person
    problems: list[str] = field(default_factory=list)


def read(line: int, told: dict[str, Any] | str) -> Person:
    """Return the person of a line, with all that is wrong with it alone."""
    person = Person(line, User())
    if isinstance(told, str):
        person.problems.append(told)
        return person
    known = {name: value for name, value in told.items() if value is not None}
    person.problems += [f"{name}: is no field" for name in sorted(known.keys() - FIELDS)]
    _take_texts(person, known)
    switches = {name: _switch(person, name, known) for name in SWITCHES}
    person.is_verified, person.user.is_active = switches["email_verified"], switches["is_active"]
    _take_groups(person, known.get("groups", ()))
    _take_connections(person, known.get("connections", ()))
    _validate(person)
    return person


def _take_texts(person: Person, known: dict[str, Any]) -> None:
    for name in TEXTS:
        value = known.get(name, "")
        if not isinstance(value, str):
            person.problems.append(f"{name}: is not text")
        elif name == "password_hash":
            _take_hash(person, value)
        elif name == "sub":
            _take_subject(person, value)
        else:
            setattr(person.user, name, value.strip())


def _take_hash(person: Person, told: str) -> None:
    person.user.password = UNUSABLE_PASSWORD_PREFIX
    try:
        person.user.password = stored(told) if told else make_password(None)
    except InvalidHash as error:
        person.problems.append(f"password_hash: {error}")  # never the hash itself


def _take_subject(person: Person, sub: str) -> None:
    if not sub:
        return
    if len(sub) > _LONGEST_SUBJECT or not (sub.isascii() and sub.isprintable()) or " " in sub:
        person.problems.append("sub: is not up to 255 ASCII characters without spaces")
    person.user.sub = sub


def _switch(person: Person, name: str, known: dict[str, Any]) -> bool:
    value = known.get(name, SWITCHES[name])
    read = value if isinstance(value, bool) else _WORDS.get(str(value).strip().lower())
    if read is None:
        person.problems.append(f"{name}: is neither true nor false")
    return bool(read)


def _take_groups(person: Person, told: Any) -> None:
    names = told.split(";") if isinstance(told, str) else told
    if not isinstance(names, list | tuple) or not all(isinstance(each, str) for each in names):
        person.problems.append("groups: is no list of names")
        return
    person.groups = tuple(dict.fromkeys(each.strip() for each in names if each.strip()))


def _take_connections(person: Person, told: Any) -> None:
    """Take a list of {"provider": …, "uid": …}."""
    try:
        found = [(each["provider"], each["uid"]) for each in told]
    except (TypeError, KeyError):
        found = [("", "")]
    if not all(isinstance(part, str) and 0 < len(part) < 192 for pair in found for part in pair):
        person.problems.append("connections: is no list of objects with provider and uid")
        return
    person.connections = tuple(dict.fromkeys(found))


def _validate(person: Person) -> None:
    if not person.user.email:
        person.problems.append("email: is missing")
        return
    try:
        person.user.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        person.problems += [
            f"{name}: {words}"
            for name, found in error.message_dict.items()
            for words in found
            if name != "password"  # told above
        ]


def batches(people: Iterable[Person]) -> Iterator[list[Person]]:
    """Split `people` into lists of BATCH, so that no file is held in memory as a whole."""
    batch: list[Person] = []
    for person in people:
        batch.append(person)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


class Check:
    """Compare people with those that there are and those of the lines before, batch by batch."""

    def __init__(self) -> None:
        self._emails: dict[str, int] = {}
        self._subjects: dict[str, int] = {}
        self._connections: dict[tuple[str, str], int] = {}
        self._providers = provider_names()
        groups = Group.objects.values_list("name", "profile__slug")
        self._groups = {name for names in groups for name in names if name}

    def look_at(self, batch: list[Person]) -> set[int]:
        """Add to each person's problems, and return the lines whose address is somebody's here."""
        emails = {person.user.email for person in batch}
        here = set(User.objects.filter(email__in=emails).values_list("email", flat=True))
        named = EmailAddress.objects.filter(email__in=emails, verified=True)
        here |= set(named.values_list("email", flat=True))
        known = {person.line for person in batch if person.user.email in here}
        self._compare_subjects([person for person in batch if person.line not in known])
        self._compare_connections([person for person in batch if person.line not in known])
        for person in batch:
            self._compare(person)
        return known

    def _compare_subjects(self, batch: list[Person]) -> None:
        subjects = {person.user.sub for person in batch}
        taken = set(User.objects.filter(sub__in=subjects).values_list("sub", flat=True))
        for person in batch:
            if person.user.sub in taken:
                person.problems.append("sub: is somebody else's here")

    def _compare_connections(self, batch: list[Person]) -> None:
        asked = [uid for person in batch for _, uid in person.connections]
        rows = SocialAccount.objects.filter(uid__in=asked).values_list("provider", "uid")
        here = set(rows) if asked else set()
        for person in batch:
            for pair in person.connections:
                if pair[0] not in self._providers:
                    person.problems.append(f"connections: there is no third party “{pair[0]}”")
                elif pair in here:
                    person.problems.append("connections: one is somebody else's here")
                elif pair in self._connections:
                    line = self._connections[pair]
                    person.problems.append(f"connections: one is that of line {line}, too")
                self._connections.setdefault(pair, person.line)

    def _compare(self, person: Person) -> None:
        seen = ((self._emails, "email"), (self._subjects, "sub"))
        for before, name in seen:
            value = getattr(person.user, name)
            if value and value in before:
                person.problems.append(f"{name}: is that of line {before[value]}, too")
            before.setdefault(value, person.line)
        missing = [name for name in person.groups if name not in self._groups]
        person.problems += [f"groups: there is no group “{name}”" for name in missing]


@transaction.atomic
def make(batch: list[Person]) -> int:
    """Make the accounts of those in `batch`, all or none, each with its events; nobody is told by
    mail. Return how many there are."""
    users = User.objects.bulk_create([person.user for person in batch])
    EmailAddress.objects.bulk_create(
        EmailAddress(
            user=person.user, email=person.user.email, verified=person.is_verified, primary=True
        )
        for person in batch
    )
    SocialAccount.objects.bulk_create(
        SocialAccount(user=person.user, provider=provider, uid=uid)
        for person in batch
        for provider, uid in person.connections
    )
    for person in batch:
        details = AdminChange(Action.ADDITION, message="Imported.")
        record(
            Event.CHANGED_BY_ADMIN,
            actor=Actor.ADMIN,
            user=person.user,
            details=details,
            is_told=False,
        )
        membership.put_in_named(person.user, person.groups, actor=Actor.ADMIN)
    return len(users)
