"""Keep clients as they are registered, and the secrets that they prove themselves with."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from oauth2_provider.models import AbstractApplication, ApplicationManager

from accounts.oauth_server.models.signing_key import ALGORITHMS, DEFAULT_ALGORITHM
from accounts.oauth_server.models.site_choices import SiteChoices
from accounts.oauth_server.rules import keys, redirect_uris, sectors
from accounts.oauth_server.rules.credentials import Kind, digest, mint
from accounts.oauth_server.rules.scopes import (
    AT_FIRST,
    SCOPES,
    Holder,
    given_by_superusers,
    held_by,
    to_set,
)
from accounts.text import display_names

AUTHORIZATION_CODE = "authorization_code"
REFRESH_TOKEN = "refresh_token"  # noqa: S105 (a grant type's name)
CLIENT_CREDENTIALS = "client_credentials"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"

GRANT_TYPES = {
    AUTHORIZATION_CODE: "Authorization code: people sign in to the app",
    DEVICE_CODE: "Device code: people sign in with a code that the app shows, such as on a TV",
    REFRESH_TOKEN: "Refresh token: the app keeps its access without asking people again",
    CLIENT_CREDENTIALS: "Client credentials: the app acts on its own behalf, without a person",
}

_ONLY_VERIFIED = "Only for an app that is verified: people have to be asked about any other."

_SIGNATURES = [(algorithm, algorithm) for algorithm in ALGORITHMS]

# The name under which DOT knows a grant type, where it is not RFC 6749's.
_DOT_NAMES = {"authorization-code": AUTHORIZATION_CODE, "client-credentials": CLIENT_CREDENTIALS}


class Client(SiteChoices, AbstractApplication):
    """Describe a client (RFC 6749 section 2). Lists are space-separated, as the parameters are."""

    # DOT keeps one grant type and one secret a client; here are several of each.
    authorization_grant_type = None
    client_secret = None
    hash_client_secret = None
    cimd_expires_at = None  # client ID metadata documents are not read here

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="registered by",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,  # a client outlives the admin who registered it
        related_name="registered_clients",
    )
    name = models.CharField(
        max_length=100, help_text="What people read when the app asks for access."
    )
    website = models.URLField(blank=True)
    is_active = models.BooleanField(
        "active",
        default=True,
        help_text="Untick to disable the app. Every token that it holds is revoked at once.",
    )
    is_verified = models.BooleanField(
        "verified",
        default=True,
        help_text="You have verified who runs this app. Otherwise, people are warned. An app that "
        "changes its own registration is no longer verified.",
    )
    # Who may use it: everybody, or who is in one of `groups`. Kept as a column of its own, so that
    # nobody else may, too, once the last of the groups is gone.
    is_restricted = models.BooleanField("for chosen groups only", default=False, db_default=False)
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
        PKCE_REQUIRED: "Required",
        PKCE_OR_NONCE: "Optional if the request has a nonce and asks for an ID token",
        PKCE_WAIVED: "Optional",
    }
    pkce = models.CharField(max_length=8, choices=list(PKCE.items()), default=PKCE_REQUIRED)

    # How it proves itself (RFC 7591 section 2). A client with a secret may send it either way.
    CLIENT_SECRET_BASIC = "client_secret_basic"  # noqa: S105 (a method's name)
    CLIENT_SECRET_POST = "client_secret_post"  # noqa: S105
    PRIVATE_KEY_JWT = "private_key_jwt"
    NO_AUTHENTICATION = "none"
    AUTHENTICATION_METHODS = {
        CLIENT_SECRET_BASIC: "client_secret_basic: its secret in the Authorization header",
        CLIENT_SECRET_POST: "client_secret_post: its secret in the request body",
        PRIVATE_KEY_JWT: "private_key_jwt: a JWT signed with its own key",
        NO_AUTHENTICATION: "none: public clients only",
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
        PUBLIC: "Public: the same identifier as in other apps",
        PAIRWISE: "Pairwise: an identifier that no other app receives",
    }
    subject_type = models.CharField(
        max_length=8, choices=list(SUBJECT_TYPES.items()), default=PUBLIC
    )
    sector_identifier_uri = models.CharField(max_length=500, blank=True)

    # OpenID Connect Registration section 2: what holds where a request does not say.
    default_max_age = models.PositiveIntegerField(null=True, blank=True)
    require_auth_time = models.BooleanField(default=False)
    initiate_login_uri = models.CharField(max_length=500, blank=True)

    # OpenID Connect Back-Channel Logout section 2.2.
    backchannel_logout_uri = models.CharField(max_length=500, blank=True)
    backchannel_logout_session_required = models.BooleanField(default=False)

    objects: ClassVar[models.Manager[Any]] = ApplicationManager()

    class Meta:
        verbose_name = "client app"
        ordering = ("name", "pk")
        indexes = [
            models.Index(
                fields=["name", "id"],
                condition=models.Q(is_active=True, is_verified=True)
                & ~models.Q(initiate_login_uri="", website=""),
                name="which_apps_can_be_opened",  # the launcher
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(skip_authorization=False) | models.Q(is_verified=True),
                name="only_a_verified_client_skips_consent",
                violation_error_message=_ONLY_VERIFIED,
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
        problems = {
            "name": display_names.problems(self.name),
            "redirect_uris": self._redirect_uri_problems(),
            **self._sector_problems(),
            **keys.problems(self.jwks, self.jwks_uri, signs=self.authenticates_by_assertion),
            "token_endpoint_auth_method": self._authentication_problems(),
            "pkce": self._pkce_problems(),
            "post_logout_redirect_uris": redirect_uris.problems(
                self.post_logout_redirect_uris, private_use=self.is_public
            ),
            "allowed_origins": redirect_uris.origin_problems(self.allowed_origins),
            "backchannel_logout_uri": redirect_uris.address_problems(self.backchannel_logout_uri),
            "grant_types": self._grant_type_problems(),
            "scopes": _unknown(self.scopes, SCOPES, "scope"),
            "default_scopes": self._not_allowed(self.default_scopes),
            "required_scopes": self._not_allowed(self.required_scopes),
            "initiate_login_uri": redirect_uris.address_problems(self.initiate_login_uri),
            "skip_authorization": self._consent_problems(),
            **self.group_claim_problems(),
            "refresh_token_idle_days": self.lifetime_problems(),
        }
        if any(problems.values()):
            raise ValidationError({field: found for field, found in problems.items() if found})

    def _consent_problems(self) -> list[str]:
        return [_ONLY_VERIFIED] if self.skip_authorization and not self.is_verified else []

    def _pkce_problems(self) -> list[str]:
        if not self.is_public or self.pkce == self.PKCE_REQUIRED:
            return []
        return ["PKCE is required for public clients."]

    def _redirect_uri_problems(self) -> list[str]:
        if self.allows_grant_type(AUTHORIZATION_CODE) and not self.redirect_uris.split():
            return ["The authorization code grant needs at least one redirect URI."]
        return redirect_uris.problems(self.redirect_uris, private_use=self.is_public)

    def _authentication_problems(self) -> list[str]:
        if self.is_public or self.token_endpoint_auth_method != self.NO_AUTHENTICATION:
            return []
        return ["A confidential client has to authenticate."]

    def _sector_problems(self) -> dict[str, list[str]]:
        if self.sector_identifier_uri or self.subject_type != self.PAIRWISE:
            found = redirect_uris.address_problems(self.sector_identifier_uri)
            return {"sector_identifier_uri": found}
        return {"subject_type": sectors.problems(self.redirect_uris)}

    def _grant_type_problems(self) -> list[str]:
        found = _unknown(self.grant_types, GRANT_TYPES, "grant type")
        if not self.grant_types.split():
            found.append("Choose at least one grant type.")
        if self.is_public and self.allows_grant_type(CLIENT_CREDENTIALS):
            found.append(
                "A public client cannot use the client credentials grant, because it has no secret."
            )
        with_people = (AUTHORIZATION_CODE, DEVICE_CODE)
        if self.allows_grant_type(REFRESH_TOKEN) and not self.allows_grant_type(*with_people):
            found.append(
                "The refresh token grant needs the authorization code or the device code grant."
            )
        return found

    def _not_allowed(self, scopes: str) -> list[str]:
        beyond = to_set(scopes) - to_set(self.scopes)
        return [f"“{scope}” is not among the allowed scopes." for scope in sorted(beyond)]


def _unknown(listed: str, known: Iterable[str], noun: str) -> list[str]:
    unknown = sorted(to_set(listed) - set(known))
    return [f"“{name}” is not a {noun} of this site." for name in unknown]


class ClientSecretQuerySet(models.QuerySet["ClientSecret"]):
    def live(self) -> "ClientSecretQuerySet":
        return self.filter(
            models.Q(expires__isnull=True) | models.Q(expires__gt=timezone.now()),
        )


class ClientSecretManager(models.Manager.from_queryset(ClientSecretQuerySet)):  # type: ignore[misc]
    def issue(self, client: Client, *, lifetime: timedelta | None = None) -> str:
        """Make a secret for `client` and return it: the only time that anybody sees it."""
        secret = mint(Kind.CLIENT_SECRET)
        self.keep(client, secret, expires=timezone.now() + lifetime if lifetime else None)
        return secret

    def keep(self, client: Client, secret: str, *, expires: datetime | None = None) -> None:
        """Let `client` go on with a secret of its own: whether it is a strong one, the caller
        asks."""
        self.create(client=client, digest=digest(secret), ends_with=secret[-4:], expires=expires)


class ClientSecret(models.Model):
    """Keep one of a client's secrets, as a digest. Several may live at once, so that one can be
    replaced without downtime."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="secrets")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    ends_with = models.CharField(max_length=4, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True, blank=True, help_text="Empty: does not expire.")
    last_used = models.DateTimeField(null=True, editable=False)

    objects = ClientSecretManager()

    def __str__(self) -> str:
        return f"Secret ending in {self.ends_with}"
