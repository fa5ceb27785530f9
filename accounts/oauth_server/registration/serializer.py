"""Read client metadata (RFC 7591 section 2, OpenID Connect Dynamic Client Registration section 2).

JSON says what kind each value is: a number is no string, and "true" is no boolean. What this site
does not know is ignored; null is as good as nothing (RFC 7592 section 2.2). Rules between what is
read and the client's other columns are the model's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from accounts.oauth_server.models.client import (
    AUTHORIZATION_CODE,
    CLIENT_CREDENTIALS,
    FOR_ADMINS_TO_GIVE,
)
from accounts.oauth_server.rules import redirect_uris
from accounts.oauth_server.rules.scopes import known, to_set, to_text

MAX_TEXT_LENGTH = 2_000  # characters
MAX_LIST_LENGTH = 50
MAX_AGE = 999_999_999  # seconds

Metadata = dict[str, Any]


_BY_ITSELF = (CLIENT_CREDENTIALS,)


@dataclass(frozen=True)
class Limits:
    """Say what a client may have that no admin registered."""

    scopes: frozenset[str]
    may_act_for_itself: bool

    def within(self, metadata: Metadata) -> Metadata:
        """Return `metadata`, which was read before, without what goes beyond."""
        kept = dict(metadata)
        if kept.get("scope"):
            kept["scope"] = to_text(to_set(kept["scope"]) & self.scopes)
        if kept.get("grant_types"):
            beyond = {*FOR_ADMINS_TO_GIVE, *(() if self.may_act_for_itself else _BY_ITSELF)}
            kept["grant_types"] = [each for each in kept["grant_types"] if each not in beyond]
        return kept


class Text(serializers.CharField):
    """Read a string that a page can show; "" where there is none."""

    default_error_messages = {
        "invalid": "must be a string.",
        "max_length": "may have {max_length} characters at most.",
        "unshown": "has characters that cannot be shown.",
    }

    def __init__(self) -> None:
        super().__init__(
            default="", allow_blank=True, trim_whitespace=False, max_length=MAX_TEXT_LENGTH
        )

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if not data.isprintable():  # what turns or hides the text around it on a page
            self.fail("unshown")
        return data


class Address(Text):
    """Read an address that people may be led to; one that is not https is ignored."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        address = super().run_validation(data)
        return address if _is_https(address) else ""


class HttpsAddress(Text):
    """Read an address that this site calls, or leads a person to.

    Plain http would be this machine's own, which none but an admin may lead it to (section 5).
    """

    default_error_messages = {"insecure": "must be an https address."}

    def run_validation(self, data: Any = serializers.empty) -> Any:
        address = super().run_validation(data)
        if address and not _is_https(address):
            self.fail("insecure")
        return address


class Entry(Text):
    """Read one string of a list. Columns hold lists with spaces between."""

    default_error_messages = {
        **dict.fromkeys(("invalid", "null"), "has an entry that is not a string."),
        "max_length": "has an entry of more than {max_length} characters.",
        "spaced": "has an entry that is empty or has a space.",
    }

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, str) and data.split() != [data]:
            self.fail("spaced")
        return super().run_validation(data)


class Texts(serializers.ListField):
    """Read a list of strings; an empty one where there is none."""

    child = Entry()
    default_error_messages = dict.fromkeys(
        ("not_a_list", "max_length"), f"must be an array of at most {MAX_LIST_LENGTH} strings."
    )

    def __init__(self, default: Any = list) -> None:
        super().__init__(default=default, max_length=MAX_LIST_LENGTH)


class Flag(serializers.BooleanField):
    default_error_messages = {"invalid": "must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Seconds(serializers.IntegerField):
    default_error_messages = dict.fromkeys(
        ("invalid", "min_value", "max_value"), "must be a number of seconds."
    )

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:  # to Python, true is one
            self.fail("invalid")
        return data


class ClientMetadata(serializers.Serializer):  # type: ignore[type-arg]
    """Read what a client says of itself. Wants Limits as `limits` in its context."""

    client_name = Text()
    client_uri = Address()
    contacts = Texts()
    software_id = Text()
    software_version = Text()
    # Nobody's browser is led to it: it would tell the app who looks at it, and lend it a face that
    # nobody checked (clients/logos.py).
    logo_uri = Address()
    policy_uri = Address()
    tos_uri = Address()

    redirect_uris = Texts()
    post_logout_redirect_uris = Texts()
    application_type = serializers.ChoiceField(
        ["web", "native"],
        default="web",
        allow_blank=True,
        error_messages={"invalid_choice": "must be web or native."},
    )

    token_endpoint_auth_method = Text()
    grant_types = Texts(default=lambda: [AUTHORIZATION_CODE])
    response_types = Texts(default=None)
    scope = Text()

    jwks = serializers.DictField(default=None, error_messages={"not_a_dict": "must be an object."})
    jwks_uri = HttpsAddress()
    subject_type = Text()
    sector_identifier_uri = HttpsAddress()
    id_token_signed_response_alg = Text()
    userinfo_signed_response_alg = Text()
    authorization_signed_response_alg = Text()
    default_max_age = Seconds(default=None, min_value=0, max_value=MAX_AGE)
    require_auth_time = Flag(default=False)
    dpop_bound_access_tokens = Flag(default=False)
    require_pushed_authorization_requests = Flag(default=False)
    require_signed_request_object = Flag(default=False)
    initiate_login_uri = HttpsAddress()
    backchannel_logout_uri = HttpsAddress()
    backchannel_logout_session_required = Flag(default=False)

    def validate_client_name(self, name: str) -> str:
        return name.strip()

    def validate_grant_types(self, grant_types: list[str]) -> list[str]:
        if CLIENT_CREDENTIALS in grant_types and not self.context["limits"].may_act_for_itself:
            raise serializers.ValidationError(
                "client_credentials needs an initial access token of this site's admins."
            )
        if given := set(grant_types) & set(FOR_ADMINS_TO_GIVE):
            raise serializers.ValidationError(
                f"{' '.join(sorted(given))} is for an admin of this site to give."
            )
        return list(dict.fromkeys(grant_types))

    def validate_scope(self, scope: str) -> frozenset[str]:
        """Let it ask for whatever such clients may have, now or later: clients of MCP register
        once, with what they need first, and ask for more when it is demanded. The answer says so
        (section 2). One that wants nothing of it is told; to ask for unknown ones alone is to leave
        it to this site."""
        allowed: frozenset[str] = self.context["limits"].scopes
        asked = known(to_set(scope))
        if not allowed or (asked and not asked & allowed):
            raise serializers.ValidationError(
                f"none of these can be had; there are: {to_text(allowed)}"
            )
        return allowed

    def validate(self, said: Metadata) -> Metadata:
        expected = response_types(said["grant_types"])
        if said["response_types"] is not None and set(said["response_types"]) != set(expected):
            why = (  # section 2.1
                "code goes with the grant type authorization_code, and there is none beside it."
            )
            raise serializers.ValidationError({"response_types": why})
        return said


def response_types(grant_types: list[str]) -> list[str]:
    """Return those that go with `grant_types` (RFC 7591 section 2.1)."""
    return ["code"] if AUTHORIZATION_CODE in grant_types else []


def read(metadata: Metadata, limits: Limits) -> Metadata:
    """Return all that `metadata` says, with defaults for what it does not say.

    Raises serializers.ValidationError: `problems` tells them by parameter.
    """
    said = {name: value for name, value in metadata.items() if value is not None}
    serializer = ClientMetadata(data=said, context={"limits": limits})
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def problems(error: serializers.ValidationError) -> dict[str, str]:
    """Return the first thing that is wrong with each parameter that is."""
    detail: Any = error.detail
    return {name: next(_texts(found)) for name, found in detail.items()}


def _texts(found: Any) -> Iterator[str]:
    """Yield the messages of a field, and of the entries of a list."""
    if isinstance(found, str):
        yield str(found)
        return
    for each in found.values() if isinstance(found, dict) else found:
        yield from _texts(each)


def _is_https(address: str) -> bool:
    return address.lower().startswith("https://") and not redirect_uris.address_problems(address)
