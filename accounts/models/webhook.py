"""Keep webhooks: addresses that are told of security events, and what became of each delivery."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.models.event_kinds import Event
from accounts.models.security_event import SecurityEvent
from accounts.storage.sealed import SealedTextField, unopened

ANSWER_LENGTH = 500  # characters of an answer's body
KEPT = timedelta(days=30)  # deliveries


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def told(self) -> "WebhookQuerySet":
        """Return those that are told: active, and of a client those that it may have."""
        allowed = Concat(
            models.Value(" "),
            "client__scopes",
            models.Value(" "),
            output_field=models.TextField(),
        )
        may = models.Q(client__is_active=True, allowed__contains=" webhooks.write ")
        return self.alias(allowed=allowed).filter(models.Q(client=None) | may, is_active=True)


class Webhook(models.Model):
    """Subscribe an address to kinds of security events.

    `read_to` is the last event that was looked at for it: it is told of those after.
    `failing_since` is when the first delivery failed after the last one that arrived. A `client` is
    the service that subscribed itself, by the API; without one, an admin did (`made_by`, while they
    are there). `not_before`: until when the receiver wants to be left alone, as it answered.
    """

    STANDARD, EVENT_TOKENS = "standard-webhooks", "security-event-tokens"
    FORMATS = (
        (STANDARD, _("Standard Webhooks: JSON, signed with a secret")),
        (EVENT_TOKENS, _("Security event tokens: JWTs, signed with this site’s keys (RFC 8935)")),
    )

    identifier = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100)
    url = models.CharField(_("address"), max_length=500)
    kinds = models.JSONField(_("events"), default=list)
    format = models.CharField(
        _("format"), max_length=30, choices=FORMATS, default=STANDARD, db_default=STANDARD
    )
    audience = models.CharField(
        _("audience"),
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text=_("The “aud” of security event tokens. Without one, it is the address."),
    )
    has_personal_data = models.BooleanField(
        _("with personal data"),
        default=False,
        db_default=False,
        help_text=_(
            "Also tell IP addresses, browsers, e-mail addresses and names. Without it, people are "
            "told of by their subject alone."
        ),
    )
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    client = models.ForeignKey(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
        verbose_name=_("client app"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.CASCADE,
        related_name="webhooks",
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now, editable=False)
    secret = SealedTextField(editable=False)
    former_secret = SealedTextField(blank=True, default="", db_default="", editable=False)
    former_ends = models.DateTimeField(null=True, editable=False)
    authorization_header = SealedTextField(blank=True, default="", db_default="", editable=False)
    read_to = models.BigIntegerField(default=0, db_default=0, editable=False)
    not_before = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    disabled_at = models.DateTimeField(_("disabled at"), null=True, editable=False)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name

    @property
    def has_authorization_header(self) -> bool:
        return "authorization_header" in unopened(self) or bool(self.authorization_header)

    def secrets(self, now: datetime) -> list[str]:
        """Return what to sign with: the secret, and the former one for as long as that works."""
        is_former_good = self.former_ends is not None and self.former_ends > now
        return [self.secret, self.former_secret] if is_former_good else [self.secret]


class WebhookDelivery(models.Model):
    """Keep one event for one webhook until it arrived, and how it was answered last.

    Its `message` is the same at each attempt, so that a receiver sees what it has had. Without an
    event it is a test. `due_at` is when the next attempt is made, none where no further one is.
    """

    webhook = models.ForeignKey(
        Webhook, verbose_name=_("webhook"), on_delete=models.CASCADE, related_name="deliveries",
        db_index=False,  # an index below begins with it
    )  # fmt: skip
    message = models.UUIDField(_("message"), default=uuid.uuid4, unique=True, editable=False)
    event = models.ForeignKey(
        SecurityEvent,
        null=True,
        on_delete=models.DO_NOTHING,  # events go when they are old, whoever was told of them
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    kind = models.CharField(_("event"), max_length=40, blank=True)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("next attempt"), null=True, default=timezone.now)
    last_at = models.DateTimeField(_("last attempt"), null=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True)
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    seconds = models.FloatField(_("seconds"), null=True)
    problem = models.CharField(_("problem"), max_length=200, blank=True)
    answer = models.CharField(_("answer"), max_length=ANSWER_LENGTH, blank=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["webhook", "-id"], name="delivery_of_webhook"),
            models.Index(
                fields=["due_at"],
                name="delivery_due",
                condition=models.Q(due_at__isnull=False),
            ),
            models.Index(fields=["made_at"], name="delivery_by_age"),  # cleanup
        ]

    def __str__(self) -> str:
        return str(self.message)

    @property
    def message_id(self) -> str:
        return f"msg_{self.message.hex}"

    @property
    def what(self) -> str:
        """Name what it tells of, in words."""
        return str(Event(self.kind).label) if self.kind in Event.values else str(_("Test"))

    @property
    def standing(self) -> str:
        if self.delivered_at:
            return gettext_noop("delivered")
        return gettext_noop("waiting") if self.due_at else gettext_noop("failed")
