"""Turn client metadata into the columns of a client, and back (RFC 7591, RFC 7592).

What this site does not know is ignored, and missing from its answer; what it knows and cannot do is
refused.
"""

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from oauthlib.oauth2.rfc6749.errors import OAuth2Error
from rest_framework import serializers

from accounts.oauth_server.clients import sector_lists
from accounts.oauth_server.models import BlockedHost
from accounts.oauth_server.models.client import Client
from accounts.oauth_server.registration import serializer
from accounts.oauth_server.registration.serializer import Limits, Metadata, response_types
from accounts.oauth_server.rules import redirect_uris
from accounts.oauth_server.rules.scopes import to_text

SOFTWARE_VERSION = "software_version"
UNNAMED = "An app without a name"

# What is kept for people to read, and changes nothing.
_TOLD = ("logo_uri", "policy_uri", "tos_uri", "contacts")

# The columns that hold what was told as it is, by the name in the metadata.
_TEXTS = {
    "software_id": "software_id",
    SOFTWARE_VERSION: "software_version",
    "jwks_uri": "jwks_uri",
    "subject_type": "subject_type",
    "sector_identifier_uri": "sector_identifier_uri",
    "id_token_signed_response_alg": "algorithm",
    "userinfo_signed_response_alg": "userinfo_signed_response_alg",
    "authorization_signed_response_alg": "authorization_signed_response_alg",
    "backchannel_logout_uri": "backchannel_logout_uri",
    "initiate_login_uri": "initiate_login_uri",
}
_BOOLEANS = {
    "backchannel_logout_session_required": "backchannel_logout_session_required",
    "require_auth_time": "require_auth_time",
    "dpop_bound_access_tokens": "dpop_bound_access_tokens",
    "require_pushed_authorization_requests": "require_pushed_authorization_requests",
    "require_signed_request_object": "require_signed_request_object",
}
_AS_TOLD = {"jwks": "jwks"} | _TEXTS | _BOOLEANS

# How other columns are called where a client is told of a mistake.
_NAMES = {
    "name": "client_name",
    "website": "client_uri",
    "scopes": "scope",
    "default_scopes": "scope",
    "allowed_origins": "redirect_uris",
    "client_type": "token_endpoint_auth_method",
    **{column: name for name, column in _TEXTS.items()},
}


class InvalidClientMetadata(OAuth2Error):
    """Refuse a client's metadata (RFC 7591 section 3.2.2)."""

    error = "invalid_client_metadata"


class InvalidRedirectURI(OAuth2Error):
    """Refuse a redirect URI (RFC 7591 section 3.2.2)."""

    error = "invalid_redirect_uri"


def apply(client: Client, metadata: Metadata, limits: Limits) -> tuple[list[str], Metadata]:
    """Give `client` all that `metadata` says, and defaults for what it does not say.

    Nothing is saved. Not to be called in a transaction, as it may have to look at an address of
    the client's. Returns the columns that are set, and what is only kept, for Registration.told.
    Raises InvalidClientMetadata and InvalidRedirectURI.
    """
    try:
        said = serializer.read(metadata, limits)
    except serializers.ValidationError as error:
        raise _refusal(serializer.problems(error)) from error
    columns = _protocol(said) | _addresses(said, client) | {"name": _name(said)}
    for column, value in columns.items():
        setattr(client, column, value)
    try:
        client.full_clean()
    except ValidationError as error:
        raise _refusal(_by_parameter(error)) from error
    if blocked := BlockedHost.objects.among(client.hosts, schemes=client.schemes):
        raise _refusal({"redirect_uris": f"{blocked} is blocked by the admins of this site."})
    if problems := sector_lists.problems(client):
        raise _refusal({"sector_identifier_uri": " ".join(problems)})
    return list(columns), {name: said[name] for name in _TOLD if said[name]}


def describe(client: Client, told: Metadata) -> Metadata:
    """Return the client's metadata as it is registered (RFC 7591 section 3.2.1)."""
    grant_types = client.grant_types.split()
    described = {
        "client_name": client.name,
        "client_uri": client.website,
        "redirect_uris": client.redirect_uris.split(),
        "post_logout_redirect_uris": client.post_logout_redirect_uris.split(),
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "grant_types": grant_types,
        "response_types": response_types(grant_types),
        "scope": client.scopes,
        "application_type": "native" if client.private_use_schemes else "web",
        **{name: getattr(client, column) for name, column in _AS_TOLD.items()},
        **told,
    }
    needed = ("grant_types", "response_types")
    found = {name: value for name, value in described.items() if value or name in needed}
    age = client.default_max_age  # 0 says something
    return found if age is None else found | {"default_max_age": age}


def describe_itself(client: Client, told: Metadata) -> Metadata:
    """Return what a client says of itself. Which scopes it may ask for is this site's word."""
    said = describe(client, told)
    return {name: value for name, value in said.items() if name != "scope"}


def _protocol(said: Metadata) -> dict[str, Any]:
    method = said["token_endpoint_auth_method"] or Client.CLIENT_SECRET_BASIC
    is_public = method == Client.NO_AUTHENTICATION
    return {
        "client_type": Client.CLIENT_PUBLIC if is_public else Client.CLIENT_CONFIDENTIAL,
        "token_endpoint_auth_method": method,
        "grant_types": " ".join(said["grant_types"]),
        "scopes": to_text(said["scope"]),
        "default_scopes": to_text({"openid"} & said["scope"]),
        "private_use_schemes": said["application_type"] == "native",
        # What keeps no secret has nothing else to tie a code to itself.
        **({"pkce": Client.PKCE_REQUIRED} if is_public else {}),
    }


def _addresses(said: Metadata, client: Client) -> dict[str, Any]:
    uris = said["redirect_uris"]
    is_public = said["token_endpoint_auth_method"] == Client.NO_AUTHENTICATION
    before = set(client.allowed_origins.split()) - _origins(client.redirect_uris.split())
    origins = before | (_origins(uris) if is_public else set())
    return {
        "redirect_uris": " ".join(uris),
        "post_logout_redirect_uris": " ".join(said["post_logout_redirect_uris"]),
        "allowed_origins": " ".join(sorted(origins)),
        "website": said["client_uri"],
        "jwks": said["jwks"],
        "default_max_age": said["default_max_age"],
        **{column: said[name] or _default(column) for name, column in _TEXTS.items()},
        **{column: said[name] for name, column in _BOOLEANS.items()},
    }


def _origins(uris: list[str]) -> set[str]:
    """Return the origins that a browser-based app runs in: those that it is answered at."""
    parts = [urlsplit(uri) for uri in uris if not redirect_uris.problems(uri)]
    return {f"{part.scheme}://{part.netloc}" for part in parts}


def _name(said: Metadata) -> str:
    """Return its name; where it has none, the host that people are sent back to."""
    first = next(iter(said["redirect_uris"]), "")
    if said["client_name"] or not first or redirect_uris.problems(first, private_use=True):
        return said["client_name"] or UNNAMED
    return redirect_uris.host(first)[:100]


def _default(column: str) -> Any:
    field: Any = Client._meta.get_field(column)
    return field.get_default()


def _by_parameter(error: ValidationError) -> dict[str, str]:
    problems: dict[str, str] = {}
    for column, found in error.message_dict.items():
        name = _NAMES.get(column, column)
        problems[name] = " ".join(filter(None, [problems.get(name, ""), *found]))
    return problems


def _refusal(problems: dict[str, str]) -> OAuth2Error:
    """Return the answer that names each parameter (section 3.2.2), redirect URIs above all."""
    kind = InvalidRedirectURI if "redirect_uris" in problems else InvalidClientMetadata
    in_order = sorted(problems, key=lambda name: name != "redirect_uris")
    return kind(" ".join(f"{name}: {problems[name]}" for name in in_order))
