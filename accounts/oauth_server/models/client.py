"""Keep clients as they are registered."""

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication, ApplicationManager

from accounts.oauth_server.models import client_problems
from accounts.oauth_server.models.signing_key import ALGORITHMS, DEFAULT_ALGORITHM
from accounts.oauth_server.models.site_choices import SiteChoices
from accounts.oauth_server.models.software import Software
from accounts.oauth_server.rules import profiles, redirect_uris, sectors
from accounts.oauth_server.rules.grant_types import (
    AUTHORIZATION_CODE,
    CLIENT_CREDENTIALS,
    DEVICE_CODE,
    FOR_ADMINS_TO_GIVE,
    GRANT_TYPES,
    JWT_BEARER,
    REFRESH_TOKEN,
    TOKEN_EXCHANGE,
)
from accounts.oauth_server.rules.scopes import (
    AT_FIRST,
    Holder,
    given_by_superusers,
    held_by,
    to_set,
)

__all__ = [
    "AUTHORIZATION_CODE", "CLIENT_CREDENTIALS", "DEVICE_CODE", "FOR_ADMINS_TO_GIVE", "GRANT_TYPES",
    "JWT_BEARER", "REFRESH_TOKEN", "TOKEN_EXCHANGE", "Client",
]  # fmt: skip

_SIGNATURES = [(algorithm, algorithm) for algorithm in ALGORITHMS]

# The name under which DOT knows a grant type, where it is not RFC 6749's.
_DOT_NAMES = {"authorization-code": AUTHORIZATION_CODE, "client-credentials": CLIENT_CREDENTIALS}


class Client(SiteChoices, Software, AbstractApplication):
    """Describe a client (RFC 6749 section 2). Lists are space-separated, as the parameters are."""

    # DOT keeps one grant type and one secret a client; here are several of each.
    authorization_grant_type = None
    client_secret = None
    hash_client_secret = None
    cimd_expires_at = None  # models/client_document.py

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("registered by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,  # a client outlives the admin who registered it
        related_name="registered_clients",
    )
    name = models.CharField(
        max_length=100, help_text=_("What people read when the app asks for access.")
    )
    website = models.URLField(blank=True)
    is_active = models.BooleanField(
        "active",
        default=True,
        help_text=_("Untick to disable the app. Every token that it holds is revoked at once."),
    )
    is_verified = models.BooleanField(
        "verified",
        default=True,
        help_text=_(
            "You have verified who runs this app. Otherwise, people are warned. An app that "
            "changes its own registration is no longer verified."
        ),
    )
    # Who may use it: everybody, or who is in one of `groups`. Kept as a column of its own, so that
    # nobody else may, too, once the last of the groups is gone.
    is_restricted = models.BooleanField(
        _("for chosen groups only"), default=False, db_default=False
    )
    groups = models.ManyToManyField("auth.Group", blank=True, related_name="apps")
    responsible_name = models.CharField(max_length=100, blank=True, default="", db_default="")
    responsible_email = models.EmailField(blank=True, default="", db_default="")
    private_use_schemes = models.BooleanField(default=False)
    grant_types = models.TextField(default=f"{AUTHORIZATION_CODE} {REFRESH_TOKEN}")
    scopes = models.TextField(default=AT_FIRST)
    default_scopes = models.TextField(blank=True, default="openid")
    required_scopes = models.TextField(blank=True, default="")

    # What takes the place of PKCE where an admin waives it (RFC 9700 section 2.1.1).
    PKCE_REQUIRED, PKCE_OR_NONCE, PKCE_WAIVED = "required", "or-nonce", "waived"
    PKCE = {
        PKCE_REQUIRED: _("Required"),
        PKCE_OR_NONCE: _("Optional if the request has a nonce and asks for an ID token"),
        PKCE_WAIVED: _("Optional"),
    }
    pkce = models.CharField(max_length=8, choices=list(PKCE.items()), default=PKCE_REQUIRED)

    # How it proves itself (RFC 7591 section 2). A client with a secret may send it either way.
    CLIENT_SECRET_BASIC = "client_secret_basic"  # noqa: S105 (a method's name)
    CLIENT_SECRET_POST = "client_secret_post"  # noqa: S105
    PRIVATE_KEY_JWT = "private_key_jwt"
    NO_AUTHENTICATION = "none"
    AUTHENTICATION_METHODS = {
        CLIENT_SECRET_BASIC: _("client_secret_basic: its secret in the Authorization header"),
        CLIENT_SECRET_POST: _("client_secret_post: its secret in the request body"),
        PRIVATE_KEY_JWT: _("private_key_jwt: a JWT signed with its own key"),
        NO_AUTHENTICATION: _("none: public clients only"),
    }
    token_endpoint_auth_method = models.CharField(
        max_length=30, choices=list(AUTHENTICATION_METHODS.items()), default=CLIENT_SECRET_BASIC
    )
    jwks = models.JSONField(null=True, blank=True)
    jwks_uri = models.CharField(max_length=500, blank=True)

    # What it is told of people, and how that is signed (OpenID Connect Registration section 2).
    algorithm = models.CharField(max_length=5, choices=_SIGNATURES, default=DEFAULT_ALGORITHM)
    userinfo_signed_response_alg = models.CharField(
        max_length=5, choices=_SIGNATURES, blank=True, default=""
    )
    PUBLIC, PAIRWISE = "public", "pairwise"
    SUBJECT_TYPES = {
        PUBLIC: _("Public: the same identifier as in other apps"),
        PAIRWISE: _("Pairwise: an identifier that no other app receives"),
    }
    subject_type = models.CharField(
        max_length=8, choices=list(SUBJECT_TYPES.items()), default=PUBLIC
    )
    sector_identifier_uri = models.CharField(max_length=500, blank=True)

    # OpenID Connect Registration section 2: what holds where a request does not say.
    default_max_age = models.PositiveIntegerField(null=True, blank=True)
    require_auth_time = models.BooleanField(default=False)
    initiate_login_uri = models.CharField(max_length=500, blank=True)

    # How its authorization requests come and are answered: pushed (RFC 9126 section 6), signed (RFC
    # 9101 section 10.5), and by which signature the answers that it wants signed (JARM section 3).
    require_pushed_authorization_requests = models.BooleanField(default=False, db_default=False)
    require_signed_request_object = models.BooleanField(default=False, db_default=False)
    authorization_signed_response_alg = models.CharField(
        max_length=5,
        choices=_SIGNATURES,
        default=DEFAULT_ALGORITHM,
        db_default=DEFAULT_ALGORITHM,
    )

    # Whether its tokens are bound to a key of its own (RFC 9449 section 5.2).
    dpop_bound_access_tokens = models.BooleanField(default=False, db_default=False)

    # What it is held to beyond that (rules/profiles.py).
    profile = models.CharField(
        max_length=24,
        choices=list(profiles.PROFILES.items()),
        blank=True,
        default=profiles.NONE,
        db_default=profiles.NONE,
    )

    # Until when what it sends is recorded (models/recording.py). Here, as every request of a client
    # reads this row: to see that nobody records takes no statement.
    recorded_until = models.DateTimeField(null=True, editable=False)

    # OpenID Connect Back-Channel Logout section 2.2.
    backchannel_logout_uri = models.CharField(max_length=500, blank=True)
    backchannel_logout_session_required = models.BooleanField(default=False)

    objects: ClassVar[models.Manager[Any]] = ApplicationManager()

    class Meta:
        verbose_name = _("client app")
        ordering = ("name", "pk")
        indexes = [
            models.Index(
                fields=["name", "id"],
                condition=models.Q(is_active=True, is_verified=True)
                & ~models.Q(initiate_login_uri="", website=""),
                name="which_apps_can_be_opened",  # the launcher
            ),
            # The orders of the list in Django admin. A third index knows the words of names:
            # accounts/storage/word_index.py.
            models.Index(fields=["name"], name="client_by_name"),
            models.Index(fields=["created"], name="client_by_age"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(skip_authorization=False) | models.Q(is_verified=True),
                name="only_a_verified_client_skips_consent",
                violation_error_message=client_problems.ONLY_VERIFIED,
            )
        ]

    @property
    def is_public(self) -> bool:
        return self.client_type == self.CLIENT_PUBLIC

    @property
    def is_registered_by_admin(self) -> bool:
        """Return whether somebody who answers for this site chose its addresses."""
        return bool(self.registration_source == self.RegistrationSource.MANUAL)

    @property
    def authenticates_by_assertion(self) -> bool:
        """Return whether it proves itself by a signature, and has no secret."""
        return not self.is_public and self.token_endpoint_auth_method == self.PRIVATE_KEY_JWT

    @property
    def has_secrets(self) -> bool:
        return not (self.is_public or self.authenticates_by_assertion)

    @property
    def is_fapi(self) -> bool:
        """Return whether it is held to FAPI 2.0, with or without Message Signing."""
        return bool(self.profile)

    @property
    def pushes_requests(self) -> bool:
        """Return whether its authorization requests are pushed, or refused (RFC 9126 section 6)."""
        return self.require_pushed_authorization_requests or self.is_fapi

    @property
    def signs_messages(self) -> bool:
        """Return whether its requests are signed, or refused, and so are the answers to them."""
        return self.profile == profiles.FAPI2_MESSAGE_SIGNING

    @property
    def binds_tokens(self) -> bool:
        """Return whether its tokens are bound to a key, or none is issued (RFC 9449 section 5)."""
        return self.dpop_bound_access_tokens or self.is_fapi

    @property
    def is_privileged(self) -> bool:
        """Return whether a superuser gave it what no other admin may give: such a client is theirs.
        Who could change its addresses or make a secret for it would have what it has."""
        listed = to_set(f"{self.scopes} {self.default_scopes} {self.required_scopes}")
        return self.skip_authorization or not listed.isdisjoint(given_by_superusers())

    @property
    def sector(self) -> str:
        return sectors.sector_of(self.client_id, self.redirect_uris, self.sector_identifier_uri)

    @property
    def skips_consent(self) -> bool:
        """Return whether people are let through without being asked: never to an app that nobody of
        this site knows."""
        return bool(self.skip_authorization and self.is_verified)

    @property
    def get_absolute_url(self) -> Any:
        """Have no page of its own: DOT's method leads to views that this site does not have."""
        raise AttributeError("get_absolute_url")

    def is_usable(self, request: Any) -> bool:
        return self.is_active

    def allows_grant_type(self, *grant_types: str) -> bool:
        allowed = to_set(self.grant_types)
        return any(_DOT_NAMES.get(grant_type, grant_type) in allowed for grant_type in grant_types)

    def redirect_uri_allowed(self, uri: str) -> bool:
        return redirect_uris.is_registered(uri, self.redirect_uris.split())

    def post_logout_redirect_uri_allowed(self, uri: str) -> bool:
        return redirect_uris.is_registered(uri, self.post_logout_redirect_uris.split())

    def origin_allowed(self, origin: str) -> bool:
        return origin in self.allowed_origins.split()

    def is_pkce_needed(self, *, nonce: str, scopes: frozenset[str]) -> bool:
        """Return whether a request without a challenge is refused: always from a public client."""
        if self.is_public or self.pkce == self.PKCE_REQUIRED:
            return True
        return self.pkce == self.PKCE_OR_NONCE and not (nonce and "openid" in scopes)

    def allowed_scopes(self, holder: Holder) -> frozenset[str]:
        """Return the scopes that an admin allowed it, as far as `holder` can have them."""
        return to_set(self.scopes) & held_by(holder)

    def scopes_by_default(self, holder: Holder) -> frozenset[str]:
        """Return the scopes of a request that names none, as far as `holder` can have them."""
        return to_set(self.default_scopes) & held_by(holder)

    def optional_scopes(self, scopes: frozenset[str]) -> frozenset[str]:
        """Return those of `scopes` that a person may leave out and still let the client in."""
        return scopes - {"openid"} - to_set(self.required_scopes)

    def clean(self) -> None:
        """Raise ValidationError, each problem on its field. DOT's own rules are looser.

        Calls nobody: what is at the client's addresses, clients/sector_lists.py tells beforehand.
        """
        if self.is_public:
            self.token_endpoint_auth_method = self.NO_AUTHENTICATION
        if any(map(redirect_uris.is_private_use, self.redirect_uris.split())):
            self.private_use_schemes = True  # a native app, whatever it said of itself
        found = client_problems.of(self)
        if found:
            raise ValidationError(found)
