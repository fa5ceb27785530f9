"""Keep browser sessions, as their person recognises them. The engine:
accounts/sessions/store.py."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models.user import User


@dataclass(frozen=True)
class Limits:
    """Say how long a session lasts: unused (idle), and all in all (absolute)."""

    idle: timedelta
    absolute: timedelta


def limits(*, is_staff: bool) -> Limits:
    """Return the limits of a person's sessions; those of staff are shorter."""
    people = Limits(settings.SESSION_IDLE, settings.SESSION_ABSOLUTE)
    if not is_staff:
        return people
    idle, absolute = settings.STAFF_SESSION_IDLE, settings.STAFF_SESSION_ABSOLUTE
    return Limits(min(idle, people.idle), min(absolute, people.absolute))


class SessionQuerySet(models.QuerySet["Session"]):
    def of(self, user: User) -> "SessionQuerySet":
        """Return the sessions of the browsers in which `user` is signed in now."""
        now, limit = timezone.now(), limits(is_staff=user.is_staff)
        return self.alias(seen=Coalesce("last_seen", "started")).filter(
            user=user,
            expire_date__gt=now,
            started__gt=now - limit.absolute,
            seen__gt=now - limit.idle,
        )

    def over(self, now: datetime) -> "SessionQuerySet":
        """Return the sessions of people that have reached one of their limits."""
        over = models.Q(expire_date__lte=now) | _past(now, limits(is_staff=False))
        of_staff = models.Q(user__is_staff=True) & _past(now, limits(is_staff=True))
        seen = Coalesce("last_seen", "started")
        return self.alias(seen=seen).filter(over | of_staff, user__isnull=False)


def _past(now: datetime, limit: Limits) -> models.Q:
    return models.Q(started__lte=now - limit.absolute) | models.Q(seen__lte=now - limit.idle)


class SessionManager(BaseSessionManager.from_queryset(SessionQuerySet)):  # type: ignore[misc]
    pass


class Session(AbstractBaseSession):
    """Keep one signed-in browser. `session_key` holds a digest of the cookie's value, never the
    value.

    The rest is what a person needs to recognise it among their sessions.
    """

    sid = models.CharField(max_length=32, editable=False)  # looked up among those of a person
    user = models.ForeignKey(
        User, null=True, on_delete=models.CASCADE, related_name="sessions", editable=False
    )
    started = models.DateTimeField(default=timezone.now, editable=False)

    # As of `last_seen`, which moves every few minutes while the browser is used.
    user_agent = models.CharField(max_length=200, blank=True, editable=False)
    address = models.CharField(max_length=45, blank=True, editable=False)
    last_seen = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[Any] = SessionManager()

    def is_over(self, now: datetime, *, is_staff: bool) -> bool:
        """Return whether the session has reached one of its limits, which no writing moves on."""
        if self.expire_date <= now:
            return True
        if not self.user_id:
            return False
        limit = limits(is_staff=is_staff)
        seen = self.last_seen or self.started
        return self.started <= now - limit.absolute or seen <= now - limit.idle

    def save(self, *, force_update: bool = False, **kwargs: Any) -> None:
        """Save the session. An update leaves what note_seen() wrote: the session engine saves a row
        that it made anew from the data, and knows nothing of it."""
        if force_update:
            kwargs["update_fields"] = ("session_data", "expire_date", "user", "sid", "started")
        super().save(**kwargs)

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        engine: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return engine
