"""What a client tells of itself, and the columns that it becomes.

RFC 7591 section 2 and OpenID Connect Dynamic Client Registration section 2. What this site does
not know is ignored, and missing from its answer; what it knows and cannot do is refused.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from accounts.oauth_server.clients import sector_lists
from accounts.oauth_server.models.client import AUTHORIZATION_CODE, CLIENT_CREDENTIALS, Client
from accounts.oauth_server.rules import redirect_uris
from accounts.oauth_server.rules.scopes import to_set, to_text

MAX_TEXT_LENGTH = 2_000  # characters
MAX_LIST_LENGTH = 50
MAX_AGE = 999_999_999  # seconds
UNNAMED = "An app without a name"

# What is kept for people to read, and changes nothing. The picture at logo_uri is shown nowhere: it
# would tell the app who looks at it, and lend it a face that nobody checked.
_TOLD_ADDRESSES = ("logo_uri", "policy_uri", "tos_uri")

# The columns that hold what was told as it is, by the name in the metadata.
_TEXTS = {
    "jwks_uri": "jwks_uri",
    "subject_type": "subject_type",
    "sector_identifier_uri": "sector_identifier_uri",
    "id_token_signed_response_alg": "algorithm",
    "userinfo_signed_response_alg": "userinfo_signed_response_alg",
    "backchannel_logout_uri": "backchannel_logout_uri",
    "initiate_login_uri": "initiate_login_uri",
}
# Those that this site calls. Plain http would be this machine's own, which none but an admin may
# lead it to (section 5). A person would be led to the last.
_HTTPS_ONLY = ("jwks_uri", "sector_identifier_uri", "backchannel_logout_uri", "initiate_login_uri")
_BOOLEANS = {
    "backchannel_logout_session_required": "backchannel_logout_session_required",
    "require_auth_time": "require_auth_time",
}
_AS_TOLD = {"jwks": "jwks"} | _TEXTS | _BOOLEANS

# How other columns are called where a client is told of a mistake.
_NAMES = {"name": "client_name", "website": "client_uri", "scopes": "scope"} | {
    column: name for name, column in _TEXTS.items()
}

Metadata = dict[str, Any]


class InvalidClientMetadata(OAuth2Error):
    """RFC 7591 section 3.2.2."""

    error = "invalid_client_metadata"


class InvalidRedirectURI(OAuth2Error):
    """RFC 7591 section 3.2.2."""

    error = "invalid_redirect_uri"


@dataclass(frozen=True)
class Limits:
    """What a client may have that no admin registered."""

    scopes: frozenset[str]
    may_act_for_itself: bool


def apply(client: Client, metadata: Metadata, limits: Limits) -> tuple[list[str], Metadata]:
    """Give `client` all that `metadata` says, and defaults for what it does not say.

    Nothing is saved. Not to be called in a transaction, as it may have to look at an address of
    the client's. Returns the columns that are set, and what is only kept, for Registration.told.
    Raises InvalidClientMetadata and InvalidRedirectURI.
    """
    # null is as good as nothing (RFC 7592 section 2.2).
    said = {name: value for name, value in metadata.items() if value is not None}
    told = _told(said)
    columns = _protocol(said, limits) | _addresses(said, client) | {"name": _name(said)}
    for column, value in columns.items():
        setattr(client, column, value)
    try:
        client.full_clean()
    except ValidationError as error:
        raise _refusal(error) from error
    if problems := sector_lists.problems(client):
        raise _refused("sector_identifier_uri", " ".join(problems))
    return list(columns), told


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
        "response_types": _response_types(grant_types),
        "scope": client.scopes,
        "application_type": "native" if client.private_use_schemes else "web",
        **{name: getattr(client, column) for name, column in _AS_TOLD.items()},
        **told,
    }
    needed = ("grant_types", "response_types")
    found = {name: value for name, value in described.items() if value or name in needed}
    age = client.default_max_age  # 0 says something
    return found if age is None else found | {"default_max_age": age}


def _protocol(said: Metadata, limits: Limits) -> dict[str, Any]:
    method = _text(said, "token_endpoint_auth_method") or Client.CLIENT_SECRET_BASIC
    is_public = method == Client.NO_AUTHENTICATION
    scopes = _scopes(said, limits)
    return {
        "client_type": Client.CLIENT_PUBLIC if is_public else Client.CLIENT_CONFIDENTIAL,
        "token_endpoint_auth_method": method,
        "grant_types": " ".join(_grant_types(said, limits)),
        "scopes": to_text(scopes),
        "default_scopes": to_text({"openid"} & scopes),
        "private_use_schemes": _is_native(said),
    }


def _addresses(said: Metadata, client: Client) -> dict[str, Any]:
    uris = _list(said, "redirect_uris")
    for name in _HTTPS_ONLY:
        if _text(said, name) and not _https(said, name):
            raise _refused(name, "must be an https address.")
    is_public = _text(said, "token_endpoint_auth_method") == Client.NO_AUTHENTICATION
    before = set(client.allowed_origins.split()) - _origins(client.redirect_uris.split())
    origins = before | (_origins(uris) if is_public else set())
    return {
        "redirect_uris": " ".join(uris),
        "post_logout_redirect_uris": " ".join(_list(said, "post_logout_redirect_uris")),
        "allowed_origins": " ".join(sorted(origins)),
        "website": _https(said, "client_uri"),
        "jwks": _object(said, "jwks"),
        "default_max_age": _seconds(said, "default_max_age"),
        **{column: _text(said, name) or _default(column) for name, column in _TEXTS.items()},
        **{column: _boolean(said, name) for name, column in _BOOLEANS.items()},
    }


def _origins(uris: list[str]) -> set[str]:
    """The origins that a browser-based app runs in: those that it is answered at."""
    parts = [urlsplit(uri) for uri in uris if not redirect_uris.problems(uri)]
    return {f"{part.scheme}://{part.netloc}" for part in parts}


def _grant_types(said: Metadata, limits: Limits) -> list[str]:
    grant_types = list(dict.fromkeys(_list(said, "grant_types", [AUTHORIZATION_CODE])))
    if CLIENT_CREDENTIALS in grant_types and not limits.may_act_for_itself:
        raise InvalidClientMetadata(
            "grant_types: client_credentials needs an initial access token of this site's admins."
        )
    response_types = _list(said, "response_types", _response_types(grant_types))
    if set(response_types) != set(_response_types(grant_types)):  # section 2.1
        raise InvalidClientMetadata(
            "response_types: code goes with the grant type authorization_code, and there is none "
            "beside it."
        )
    return grant_types


def _response_types(grant_types: list[str]) -> list[str]:
    return ["code"] if AUTHORIZATION_CODE in grant_types else []


def _scopes(said: Metadata, limits: Limits) -> frozenset[str]:
    """As section 2 allows, fewer than were asked for; the answer says which."""
    asked = to_set(_text(said, "scope"))
    granted = asked & limits.scopes if asked else limits.scopes
    if not granted:
        listed = to_text(limits.scopes)
        raise InvalidClientMetadata(f"scope: none of these can be had; there are: {listed}")
    return granted


def _is_native(said: Metadata) -> bool:
    application_type = _text(said, "application_type") or "web"
    if application_type not in ("web", "native"):
        raise InvalidClientMetadata("application_type: must be web or native.")
    return application_type == "native"


def _name(said: Metadata) -> str:
    """Its name; where it has none, the host that people are sent back to."""
    name = _text(said, "client_name").strip()
    first = next(iter(_list(said, "redirect_uris")), "")
    if name or not first or redirect_uris.problems(first, private_use=True):
        return name or UNNAMED
    return redirect_uris.host(first)[:100]


def _told(said: Metadata) -> Metadata:
    told: Metadata = {name: _https(said, name) for name in _TOLD_ADDRESSES}
    told["contacts"] = _list(said, "contacts")
    return {name: value for name, value in told.items() if value}


def _https(said: Metadata, name: str) -> str:
    """An address that people may be led to; one that is not https is ignored."""
    uri = _text(said, name)
    is_safe = uri.lower().startswith("https://") and not redirect_uris.address_problems(uri)
    return uri if is_safe else ""


def _text(said: Metadata, name: str) -> str:
    value = said.get(name, "")
    if not isinstance(value, str):
        raise _refused(name, "must be a string.")
    if len(value) > MAX_TEXT_LENGTH:
        raise _refused(name, "is too long.")
    if not value.isprintable():  # what turns or hides the text around it on a page
        raise _refused(name, "has characters that cannot be shown.")
    return value


def _list(said: Metadata, name: str, default: list[str] | None = None) -> list[str]:
    values = said.get(name, default or [])
    if not isinstance(values, list) or len(values) > MAX_LIST_LENGTH:
        raise _refused(name, f"must be an array of at most {MAX_LIST_LENGTH} strings.")
    texts = [_text({name: value}, name) for value in values]
    if any(text.split() != [text] for text in texts):  # columns hold lists with spaces between
        raise _refused(name, "has an entry that is empty or has a space.")
    return texts


def _object(said: Metadata, name: str) -> Metadata | None:
    value = said.get(name)
    if value is not None and not isinstance(value, dict):
        raise _refused(name, "must be an object.")
    return value


def _seconds(said: Metadata, name: str) -> int | None:
    value = said.get(name)
    if value is None or (type(value) is int and 0 <= value <= MAX_AGE):
        return value
    raise _refused(name, "must be a number of seconds.")


def _boolean(said: Metadata, name: str) -> bool:
    value = said.get(name, False)
    if not isinstance(value, bool):
        raise _refused(name, "must be true or false.")
    return value


def _default(column: str) -> Any:
    return Client._meta.get_field(column).get_default()


def _refused(name: str, why: str) -> OAuth2Error:
    kind = InvalidRedirectURI if name == "redirect_uris" else InvalidClientMetadata
    return kind(f"{name}: {why}")


def _refusal(error: ValidationError) -> OAuth2Error:
    problems = error.message_dict
    column = "redirect_uris" if "redirect_uris" in problems else next(iter(problems))
    return _refused(_NAMES.get(column, column), " ".join(problems[column]))
