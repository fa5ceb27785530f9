"""Keep device authorizations (RFC 8628): a device asks, and a person types its code and decides."""

import re
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from oauth2_provider.models import AbstractDeviceGrant

from accounts.oauth_server.models.authorization import Authorization
from accounts.oauth_server.models.client import Client
from accounts.oauth_server.models.tokens import ForResources, SignInColumns
from accounts.oauth_server.rules.credentials import Kind, digest, mint
from accounts.oauth_server.rules.scopes import to_text
from accounts.sessions.sign_in import SignIn

# RFC 8628 section 6.1: consonants only, so that no words appear; 20^8 codes, 34 bits.
_USER_CODE_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
_USER_CODE_LENGTH = 8

POLLING_INTERVAL = 5  # seconds; section 3.5 makes it grow by as many with each slow_down


def user_code_digest(user_code: str) -> str:
    """Return what is stored of a user code, in whatever case and spacing it was typed.

    A user code is short enough to be guessed from a plain hash, so this one is keyed.
    """
    typed = re.sub(r"[\s\-_.]", "", user_code).upper()
    return salted_hmac("device user code", typed, algorithm="sha256").hexdigest()


class DeviceGrantManager(models.Manager["DeviceGrant"]):
    def start(self, client: Client, scopes: frozenset[str], audience: str = "") -> tuple[str, str]:
        """Begin a device authorization; return its device code and its user code."""
        device_code = mint(Kind.DEVICE_CODE)
        letters = [secrets.choice(_USER_CODE_ALPHABET) for _ in range(_USER_CODE_LENGTH)]
        user_code = "".join(letters[:4]) + "-" + "".join(letters[4:])
        self.create(
            application=client,
            device_code=digest(device_code),
            user_code=user_code_digest(user_code),
            scope=to_text(scopes),
            audience=audience,
            interval=POLLING_INTERVAL,
            expires=timezone.now() + settings.DEVICE_CODE_LIFETIME,
        )
        return device_code, user_code

    def waiting(self, user_code: str) -> "DeviceGrant | None":
        """Return the undecided, unexpired grant that a person typed the code of."""
        return (
            self.select_related("application")
            .filter(
                user_code=user_code_digest(user_code),
                status=DeviceGrant.AUTHORIZATION_PENDING,
                expires__gt=timezone.now(),
                application__is_active=True,
            )
            .first()
        )

    def approve(
        self, pk: int, authorization: Authorization, scopes: frozenset[str], sign_in: SignIn
    ) -> bool:
        """Note that a person allows the device `scopes`; return False where it is too late."""
        return bool(
            self._undecided(pk).update(
                status=DeviceGrant.AUTHORIZED,
                authorization=authorization,
                user=authorization.user,
                scope=to_text(scopes),
                **sign_in.columns(),
            )
        )

    def deny(self, pk: int) -> bool:
        """Note that a person refuses the device; return False where it is too late."""
        return bool(self._undecided(pk).update(status=DeviceGrant.DENIED))

    def _undecided(self, pk: int) -> "models.QuerySet[DeviceGrant]":
        """Return the grant as long as nobody has decided: that is done once."""
        pending = DeviceGrant.AUTHORIZATION_PENDING
        return self.filter(pk=pk, status=pending, expires__gt=timezone.now())


class DeviceGrant(SignInColumns, ForResources, AbstractDeviceGrant):
    """Keep one device authorization. `device_code` and `user_code` hold digests. The row is deleted
    when it is redeemed."""

    client_id = None  # `application` says it
    last_checked = None
    application = models.ForeignKey(Client, on_delete=models.CASCADE, editable=False)
    authorization = models.ForeignKey(
        Authorization, null=True, on_delete=models.CASCADE, related_name="+", editable=False
    )
    last_polled = models.DateTimeField(null=True, editable=False)

    objects = DeviceGrantManager()

    class Meta(AbstractDeviceGrant.Meta):
        indexes = [
            models.Index(fields=["expires"]),  # cleanup
            models.Index(fields=["user_code"]),  # a person types it
        ]

    def polls_too_often(self) -> bool:
        """Note that the device asks now, and say whether it was told to wait longer."""
        now, before = timezone.now(), self.last_polled
        self.last_polled = now
        too_often = before is not None and now - before < timedelta(seconds=self.interval)
        if too_often:
            self.interval += POLLING_INTERVAL
        self.save(update_fields=["last_polled", "interval"])
        return too_often
