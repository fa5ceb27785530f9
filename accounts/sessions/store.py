"""Store sessions as Django's database engine does, but so that a stolen database opens none.

The table holds a digest of each session key, and the session's data sealed. `SESSION_ENGINE`
names this module.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import OperationalError
from django.utils import timezone

from accounts.storage import last_used
from accounts.storage.outages import is_outage
from accounts.storage.rows import Rows, first_row
from accounts.storage.sealed import CannotOpen, seal, unseal

if TYPE_CHECKING:
    from accounts.models import Session, User

SID = "sid"  # the session's public name, told to client apps as the claim of that name
STARTED = "started"  # seconds since 1970, UTC
NOBODYS = timedelta(hours=3)  # how long a session lasts in which nobody is signed in


def digest(session_key: str) -> str:
    """Return what the table knows a session key by: 160 bits of SHA-256, 40 hexadecimal digits."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]


@cache
def _reading() -> "tuple[str, Rows[Session], Rows[User]]":
    """Return how to read a session with its person: each request of theirs begins with that."""
    from accounts.models import Session, User  # which cannot be loaded this early

    sessions, people = Rows(Session), Rows(User)
    statement = (
        f"SELECT {sessions.columns('s')}, {people.columns('u')}"  # noqa: S608
        f' FROM "{sessions.table}" s LEFT JOIN "{people.table}" u ON u.id = s.user_id'
        " WHERE s.session_key = %s"
    )
    return statement, sessions, people


def _with_owner(session_digest: str) -> "Session | None":
    statement, sessions, people = _reading()
    values = first_row(statement, [session_digest])
    if values is None:
        return None
    row = sessions.read(values)
    row.user = people.read(values) if row.user_id else None
    return row


class SessionStore(DatabaseSessionStore):
    _last_seen: datetime | None = None
    _owner: "User | None" = None

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        # Sessions of people that ended in this one's hands, by person and SID: whoever stands
        # above announces it (accounts/endings/expired_sessions.py).
        self.ended: list[tuple[int, str]] = []

    @classmethod
    def get_model_class(cls) -> "type[Session]":
        from accounts.models import Session  # the model's module cannot be loaded this early

        return Session

    @property
    def _digest(self) -> str:
        return digest(self.session_key or "")

    def load(self) -> dict[str, Any]:
        now = timezone.now()
        row = _with_owner(self._digest)
        if row is None or row.is_over(now, is_staff=bool(row.user and row.user.is_staff)):
            self._note_ended(row)
            self._session_key = None
            return {}
        data = self.decode(row.session_data)
        if not data:  # it cannot be opened: who it was is not known, so it is nobody's
            self._session_key = None
            return {}
        self._last_seen = row.last_seen
        self._owner = row.user
        return data

    def take_owner(self, pk: Any) -> "User | None":
        """Return the person `pk` as they were read with the session, where it is theirs: once, so
        that who asks again reads them anew."""
        owner, self._owner = self._owner, None
        return owner if owner and str(owner.pk) == str(pk) else None

    def exists(self, session_key: str) -> bool:
        return self.model.objects.filter(pk=digest(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> "Session":
        # Kept in the data, so that both outlive the new key that a sign-in brings.
        data.setdefault(SID, secrets.token_hex(16))
        data.setdefault(STARTED, timezone.now().timestamp())
        row = cast("Session", super().create_model_instance(data))
        row.session_key = self._digest
        row.user_id = data.get(SESSION_KEY)
        row.sid = data[SID]
        row.started = datetime.fromtimestamp(data[STARTED], UTC)
        end = row.started + settings.SESSION_ABSOLUTE
        if not row.user_id:  # anybody can have as many as they like
            end = timezone.now() + NOBODYS
        row.expire_date = min(row.expire_date, end)
        return row

    def note_seen(self, *, user_agent: str, address: str) -> None:
        """Note that this browser was here just now, at most once in last_used.PRECISION.

        Not by way of the data: saving that on any request could undo what another one saved.
        """
        now = timezone.now()
        if self._last_seen and now - self._last_seen < last_used.PRECISION:
            return
        row = self.get_model_class().objects.filter(pk=self._digest)
        row.update(user_agent=user_agent, address=address, last_seen=now)
        self._last_seen = now

    def save(self, must_create: bool = False) -> None:
        """Raise SessionInterrupted, a 400, where somebody has ended it meanwhile: Django's own
        error is one of theirs alone that save at the end of a request."""
        try:
            super().save(must_create)
        except UpdateError as error:
            if is_outage(error):
                raise OperationalError("The session could not be saved.") from error
            raise SessionInterrupted("The session was ended meanwhile.") from error

    def create(self) -> None:
        super().create()
        self._last_seen = None  # a new row, such as a sign-in brings, has yet to be written to

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            self.model.objects.filter(pk=digest(key)).delete()

    def flush(self) -> None:
        """End it. Where it is somebody's to this moment, nobody has announced that: Django flushes
        a session when another person signs in, or when the password is another."""
        rows = self.get_model_class().objects.filter(pk=self._digest)
        self._note_ended(rows.first())
        super().flush()

    def _note_ended(self, row: "Session | None") -> None:
        if row is not None and row.user_id:
            self.ended.append((row.user_id, row.sid))

    def encode(self, session_dict: dict[str, Any]) -> str:
        return seal(super().encode(session_dict))

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Return a session's data; nothing, as Django's own does, where it cannot be read."""
        try:
            return super().decode(unseal(str(session_data), "a session"))
        except CannotOpen:
            return {}
