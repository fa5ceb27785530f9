"""Browser sessions, as their person recognises them. The engine: accounts/sessions/store.py."""

from importlib import import_module
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils import timezone

from accounts.models.user import User


class SessionQuerySet(models.QuerySet["Session"]):
    def of(self, user: User) -> "SessionQuerySet":
        """The browsers in which `user` is signed in now."""
        return self.filter(user=user, expire_date__gt=timezone.now())


class SessionManager(BaseSessionManager.from_queryset(SessionQuerySet)):  # type: ignore[misc]
    pass


class Session(AbstractBaseSession):
    """A signed-in browser. `session_key` holds a digest of the cookie's value, never the value.

    The rest is what a person needs to recognise it among their sessions.
    """

    sid = models.CharField(max_length=32, db_index=True, editable=False)
    user = models.ForeignKey(
        User, null=True, on_delete=models.CASCADE, related_name="sessions", editable=False
    )
    started = models.DateTimeField(default=timezone.now, editable=False)

    # As of `last_seen`, which moves every few minutes while the browser is used.
    user_agent = models.CharField(max_length=200, blank=True, editable=False)
    address = models.CharField(max_length=45, blank=True, editable=False)
    last_seen = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[Any] = SessionManager()

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
