"""Keep what is known of clients that registered themselves (RFC 7591, RFC 7592).

Both tokens are found by their SHA-256, as all credentials of this site are.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.models.client import Client
from accounts.oauth_server.rules.credentials import Kind, digest, is_well_formed, mint


class InitialAccessTokenQuerySet(models.QuerySet["InitialAccessToken"]):
    def live(self) -> "InitialAccessTokenQuerySet":
        unexpired = models.Q(expires=None) | models.Q(expires__gt=timezone.now())
        return self.filter(unexpired).exclude(uses_left=0)

    def presented(self, token: str) -> "InitialAccessToken | None":
        if not is_well_formed(token, Kind.INITIAL_ACCESS_TOKEN):
            return None
        return self.live().filter(digest=digest(token)).first()

    def use(self, token: "InitialAccessToken") -> bool:
        """Count one use; False where another request was faster to take the last one."""
        uses_left = models.F("uses_left") - 1  # NULL, for any number, stays NULL
        used = self.live().filter(pk=token.pk)
        return bool(used.update(uses_left=uses_left, last_used=timezone.now()))


class InitialAccessToken(models.Model):
    """Let its holder register clients (RFC 7591 section 1.2). An admin makes it."""

    note = models.CharField(max_length=100, blank=True, help_text=_("Whom or what it is for."))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    ends_with = models.CharField(max_length=4, editable=False)
    uses_left = models.PositiveIntegerField(
        null=True, blank=True, default=1, help_text=_("Empty: any number of clients.")
    )
    expires = models.DateTimeField(null=True, blank=True, help_text=_("Empty: does not expire."))
    created = models.DateTimeField(auto_now_add=True)
    last_used = models.DateTimeField(null=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("made by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    objects = InitialAccessTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.note or 'Token'} ending in {self.ends_with}"

    def make(self) -> str:
        """Make the token of this new row and return it: the only time that anybody sees it."""
        token = mint(Kind.INITIAL_ACCESS_TOKEN)
        self.digest, self.ends_with = digest(token), token[-4:]
        self.save()
        return token


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def issue(
        self, client: Client, initial: InitialAccessToken | None, told: dict[str, Any]
    ) -> str:
        """Remember that `client` registered itself; return its registration access token."""
        token = mint(Kind.REGISTRATION_ACCESS_TOKEN)
        self.create(
            client=client,
            digest=digest(token),
            initial_access_token=initial,
            may_act_for_itself=initial is not None,
            told=told,
        )
        return token

    def presented(self, token: str, client_id: str) -> "Registration | None":
        """Return the registration of the active client `client_id`, if `token` is its own."""
        if not is_well_formed(token, Kind.REGISTRATION_ACCESS_TOKEN):
            return None
        found = self.select_related("client").filter(digest=digest(token)).first()
        is_its_own = found and found.client.client_id == client_id and found.client.is_active
        return found if is_its_own else None

    def lock(self, pk: int) -> "Registration | None":
        """Lock one for the rest of the transaction; None where it is gone. Its client is fresh."""
        return self.select_for_update(of=("self",)).select_related("client").filter(pk=pk).first()


class Registration(models.Model):
    """Keep how a client registered itself, and what it told that changes nothing here: `told`."""

    client = models.OneToOneField(
        Client, on_delete=models.CASCADE, related_name="registration", editable=False
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    initial_access_token = models.ForeignKey(
        InitialAccessToken,
        null=True,
        on_delete=models.SET_NULL,
        related_name="registrations",
        editable=False,
    )
    may_act_for_itself = models.BooleanField(default=False, editable=False)
    told = models.JSONField(default=dict, editable=False)

    objects = RegistrationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Registration of {self.client}"
