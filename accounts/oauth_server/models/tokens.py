"""Keep codes and tokens. Each is found by the SHA-256 of what the client presents, and by nothing
else.

All that one sign-in of a person at a client earned share a `family`: replaying a code or an old
refresh token ends that family (RFC 9700 sections 2.1.1 and 4.14.2).
"""

import json
import uuid
from datetime import datetime
from typing import Any, cast

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractGrant,
    AbstractIDToken,
    AbstractRefreshToken,
)

from accounts.oauth_server.models.authorization import Authorization
from accounts.sessions.sign_in import SignIn
from accounts.way_back.claims_request import ClaimsRequest

# To what the refresh token of a confidential client is bound: it proves itself by more than a key,
# and may change that (RFC 9449 section 5), but not come without one.
ANY_KEY = "any"


class BoundToKey(models.Model):
    """Keep the key that a credential is bound to (DPoP, RFC 9449): its thumbprint (RFC 7638), ""
    where it is bound to none."""

    key = models.CharField(max_length=43, blank=True, default="", db_default="", editable=False)

    class Meta:
        abstract = True


class ForResources(models.Model):
    """Keep the protected resources that a credential is for (RFC 8707): their identifiers, split
    by spaces, "" for this site's own API alone."""

    audience = models.TextField(blank=True, default="", db_default="", editable=False)

    class Meta:
        abstract = True


class SignInColumns(models.Model):
    """Hold when and how the person signed in: see accounts/sessions/sign_in.py."""

    auth_time = models.DateTimeField(null=True, editable=False)
    amr = models.CharField(max_length=100, blank=True, editable=False)
    sid = models.CharField(max_length=32, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def sign_in(self) -> SignIn:
        """Return the sign-in that this stands for, to be handed on."""
        return SignIn.from_columns(self.auth_time, self.amr, self.sid)


class RequestedClaims(models.Model):
    """Keep the `claims` parameter that a sign-in began with (OpenID Connect Core section 5.5),
    handed on from the code. JSON as text: PostgreSQL's jsonb refuses some of what a client may
    write there.
    """

    claims = models.TextField(blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def claims_request(self) -> ClaimsRequest:
        """Return what the column holds."""
        return ClaimsRequest.parse(self.claims)


class AuthorizationCode(SignInColumns, BoundToKey, ForResources, AbstractGrant):
    """Keep an authorization code (RFC 6749 section 4.1.2); `code` holds its digest.

    A redeemed code stays until it expires, so that presenting it again is seen as a replay.
    """

    nonce = models.TextField(blank=True, default="")  # bounded by the request line alone
    code_challenge_method = None  # S256 alone is taken
    updated = None
    authorization = models.ForeignKey(
        Authorization, on_delete=models.CASCADE, related_name="codes", editable=False
    )
    family = models.UUIDField(default=uuid.uuid4, editable=False)
    redeemed = models.DateTimeField(null=True, editable=False)

    class Meta(AbstractGrant.Meta):
        verbose_name = _("authorization code")
        # Cleanup. By `authorization` codes end with the rest (tokens/revocation.py), and by
        # `application` and `user` the database finds what hangs from who is deleted.
        indexes = [models.Index(fields=["expires"])]


class AccessToken(SignInColumns, RequestedClaims, BoundToKey, ForResources, AbstractAccessToken):
    """Keep an access token. DOT's `token` column stays empty; `token_checksum` is its digest."""

    authorization = models.ForeignKey(
        Authorization,
        null=True,  # a client that acts for itself has nobody's authorization
        on_delete=models.CASCADE,
        related_name="access_tokens",
        editable=False,
    )
    # A replay and a rotation: "all of this sign-in".
    family = models.UUIDField(default=uuid.uuid4, db_index=True, editable=False)
    # Cleanup of sessions: which apps hold tokens from those that are over (logout/back_channel.py).
    sid = models.CharField(max_length=32, blank=True, db_index=True, editable=False)
    # Who acts by it for its person, where it was exchanged: the claim `act` of RFC 8693 section 4.1
    # as JSON, "" where nobody does but the client itself.
    actor = models.TextField(blank=True, default="", db_default="", editable=False)
    # Of one that was exchanged: the clients whose tokens it came from, by their keys as a list in
    # JSON. It works as long as each of them may still act for the person (models/access.py).
    via = models.TextField(blank=True, default="", db_default="", editable=False)
    source_refresh_token = None
    id_token = None
    updated = None

    class Meta(AbstractAccessToken.Meta):
        # Cleanup. The foreign keys: revocation and deletion of who it hangs from.
        indexes = [models.Index(fields=["expires"])]

    @property
    def acting(self) -> dict[str, Any]:
        """Return who acts by it (RFC 8693 section 4.1), {} where nobody does."""
        return cast(dict[str, Any], json.loads(self.actor)) if self.actor else {}

    @property
    def came_through(self) -> frozenset[int]:
        """Return the keys of the clients whose tokens it came from, none where it was not
        exchanged."""
        return frozenset(json.loads(self.via)) if self.via else frozenset()

    @property
    def ends(self) -> datetime:
        """Return when it stops working."""
        return self.expires

    def is_live(self) -> bool:
        """Return whether it still works, for a person and a client that may."""
        return not self.is_expired()


class RefreshTokenQuerySet(models.QuerySet["RefreshToken"]):
    """Select refresh tokens."""

    def live(self) -> "RefreshTokenQuerySet":
        """Return those that still work, for a person and a client that may, as `is_live` says of
        one."""
        now = timezone.now()
        unused = self.filter(revoked=None, superseded=None)
        return unused.filter(expires__gt=now, family_expires__gt=now)


class RefreshToken(SignInColumns, RequestedClaims, BoundToKey, ForResources, AbstractRefreshToken):
    """Keep a refresh token. It is live until it is superseded by the next of its family or revoked.

    `expires` is its idle limit and moves with each rotation; `family_expires` never moves.
    `sealed_answer` is what the client was told at rotation, for a retry within seconds
    (accounts/oauth_server/tokens/refresh_retries.py).
    """

    authorization = models.ForeignKey(
        Authorization, on_delete=models.CASCADE, related_name="refresh_tokens", editable=False
    )
    # As of access tokens.
    sid = models.CharField(max_length=32, blank=True, db_index=True, editable=False)
    access_token = None  # a family has one live access token
    updated = None
    scope = models.TextField(blank=True)
    expires = models.DateTimeField()
    family_expires = models.DateTimeField()
    superseded = models.DateTimeField(null=True, editable=False)
    sealed_answer = models.BinaryField(blank=True, default=b"", editable=False)
    objects = RefreshTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token_checksum"], name="refresh_token_is_unique")
        ]
        indexes = [
            models.Index(fields=["token_family"]),  # a replay
            models.Index(fields=["expires"]),  # cleanup
        ]

    @property
    def family(self) -> uuid.UUID:
        """Return its family, by the name that a code and an access token have for theirs."""
        return self.token_family

    @property
    def ends(self) -> datetime:
        """Return when it stops working if nobody uses it."""
        return min(self.expires, self.family_expires)

    def is_live(self) -> bool:
        """Return whether it still works, for a person and a client that may."""
        return not (self.revoked or self.superseded or self.is_expired())

    def is_expired(self) -> bool:
        return timezone.now() >= self.ends


class IDToken(AbstractIDToken):
    """Keep no ID token: it is a signed statement that nothing here looks up again."""
