"""Keep security events: rows are added, and removed when they are old; never changed, but for what
tells who a person was that was deleted."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.event_kinds import (
    DONE_AS_ADMIN,
    Actor,
    Event,
    Outcome,
    actor_choices,
    kind_choices,
)

if TYPE_CHECKING:
    from accounts.models.user import User

USER_AGENT_LENGTH = 200
FEW = (Actor.ADMIN, Actor.SITE, Actor.UNKNOWN)  # next to what people and client apps do
EXPIRE_AT_ONCE = 5_000  # rows


class PlainJSON(json.JSONEncoder):
    """Write JSON in which a name in any script stays as it is, and can be searched for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"ensure_ascii": False})


class AppendOnly(Exception):
    """Refuse to change a security event, or to remove it before its time."""


class SecurityEventQuerySet(models.QuerySet["SecurityEvent"]):
    def update(self, **_: Any) -> NoReturn:
        raise AppendOnly("Security events are not changed.")

    def delete(self) -> NoReturn:
        raise AppendOnly("Security events are removed by expire() alone.")

    def expire(self, before: datetime, *, at_most: int = EXPIRE_AT_ONCE) -> int:
        """Remove the oldest events from before `before`; return how many. Call until it is 0."""
        old = self.filter(at__lt=before).order_by("at").values("pk")[:at_most]
        removed, _ = super(SecurityEventQuerySet, self.filter(pk__in=old)).delete()
        return removed

    def forget(self, user: "User") -> int:
        """Take from a person's events what tells who they were; return how many these are.

        The one change that an event knows: what happened, when, and to which `sub`, stays.
        """
        nobody: dict[str, Any] = {
            "user": None,
            "request_id": "",
            "address": "",
            "user_agent": "",
            "details": {},
        }
        return self.filter(user=user).redact(**nobody)

    def redact(self, **columns: Any) -> int:
        """Overwrite what tells who somebody was that is deleted; return of how many events."""
        return super().update(**columns)


class SecurityEvent(models.Model):
    """Record who did what, by way of which client, from where, and how it ended.

    `user` is whose account it was, `actor` who acted. `details` has the keys that
    accounts/security_events/details.py names for the kind. `sub` and `client_public_id` stay when
    the person or the client is deleted. Every text is clean: accounts/security_events/record.py is
    the only place that makes an event.
    """

    at = models.DateTimeField(default=timezone.now)
    request_id = models.CharField(_("request ID"), max_length=36, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="security_events",
        db_index=False,  # the index below begins with it
    )
    sub = models.CharField("subject", max_length=255, blank=True)
    client = models.ForeignKey(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="security_events",
        db_index=False,  # an index below begins with it
    )
    client_public_id = models.CharField(_("client ID"), max_length=100, blank=True)
    address = models.CharField(_("IP address"), max_length=45, blank=True)
    user_agent = models.CharField(max_length=USER_AGENT_LENGTH, blank=True)
    kind = models.CharField("event", max_length=40, choices=kind_choices)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    actor = models.CharField("actor", max_length=10, choices=actor_choices)
    details = models.JSONField(default=dict, blank=True, encoder=PlainJSON)

    objects = SecurityEventQuerySet.as_manager()

    class Meta:
        app_label = "accounts"
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["user", "-id"]),  # recent activity, a page of it
            models.Index(fields=["at"]),  # cleanup
            # What an admin searches by: accounts/site/admin_search.py.
            models.Index(fields=["request_id"], name="event_by_request"),
            models.Index(fields=["address"], name="event_by_address"),
            # What an admin filters by, the newest first, and counts by day from the index alone:
            # accounts/admin/event_filter.py. Of outcomes and actors, those that are few.
            models.Index(fields=["kind", "at", "outcome"], name="event_of_kind"),
            models.Index(fields=["client", "at"], name="event_of_client"),
            models.Index(
                fields=["at"], name="event_failed", condition=models.Q(outcome=Outcome.FAILED)
            ),
            models.Index(
                fields=["actor", "at"], name="event_of_actor", condition=models.Q(actor__in=FEW)
            ),
            models.Index(
                fields=["sub"], name="event_by_gone_person", condition=models.Q(user__isnull=True)
            ),
            models.Index(
                fields=["client_public_id"],
                name="event_by_gone_client",
                condition=models.Q(client__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{Event(self.kind).label}, {self.outcome}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("Security events are not changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("Security events are removed by expire() alone.")

    @property
    def is_by_an_admin(self) -> bool:
        """Return whether an admin did it to the person, who is not to learn where that admin
        sits."""
        if self.actor == Actor.UNKNOWN:  # of old ones, it cannot be said any more
            return self.kind == Event.EVERYTHING_ENDED
        return self.actor == Actor.ADMIN and self.kind not in DONE_AS_ADMIN
