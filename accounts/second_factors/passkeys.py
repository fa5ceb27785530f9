"""Read passkeys (Web Authentication Level 3), and say what the site is called in them.

Every passkey here is discoverable and proves that its person was there and unlocked it: it takes
the place of a user name, and is two factors by itself.
"""

import struct
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from allauth.account.utils import user_pk_to_url_str
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from fido2.cose import UnsupportedKey
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AuthenticationResponse, CollectedClientData, RegistrationResponse

from accounts.models import User
from accounts.network import loopback

LONGEST = 20_000  # characters of JSON: many times what any authenticator sends

Response = AuthenticationResponse | RegistrationResponse

# What fido2 raises for what is no credential at all: it reads without checking first.
_MALFORMED = (
    *(TypeError, ValueError, KeyError, IndexError, AttributeError),
    *(AssertionError, RecursionError, struct.error),
)
NOT_ACCEPTED = _("This passkey did not work. Try again, or choose another way to sign in.")
NOT_SENT = _("Your browser did not send a passkey. Try again, or choose another way to sign in.")


def rp_id() -> str:
    """Return what passkeys are bound to: the site's own host name, never the Host header's."""
    return urlsplit(settings.SITE_URL).hostname or ""


def work_here() -> bool:
    """Return whether a browser offers passkeys at SITE_URL: a host name (RP IDs are domains), and
    https, which only localhost may go without."""
    try:
        ip_address(rp_id())
    except ValueError:
        return bool(settings.HTTPS or rp_id() == loopback.NAME)
    return False


def handle_of(user: User) -> bytes:
    """Return the user handle: opaque and permanent (section 14.6.1: nothing that tells of them)."""
    return user.sub.encode()


class CredentialField(forms.JSONField):
    """Read what navigator.credentials returned, as its toJSON() has it: here, before anything
    relies on it: well-formed, made on this very origin, and not in somebody's frame."""

    default_error_messages = {"invalid": NOT_ACCEPTED, "required": NOT_SENT}
    widget = forms.HiddenInput

    def __init__(self, kind: type[Response], **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > LONGEST:
            raise ValidationError(NOT_ACCEPTED)
        try:
            credential = super().to_python(value)
            if credential not in self.empty_values:
                self._check(self.kind.from_dict(credential))
        except _MALFORMED as error:
            raise ValidationError(NOT_ACCEPTED) from error
        return credential

    def _check(self, response: Response | None) -> None:
        if response is None:
            raise ValidationError(NOT_ACCEPTED)
        client_data = response.response.client_data
        # fido2 lets in every subdomain of the RP ID; this site is one origin.
        if client_data.origin != settings.SITE_URL or client_data.cross_origin:
            raise ValidationError(NOT_ACCEPTED)
        if isinstance(response, RegistrationResponse):
            made = response.response.attestation_object.auth_data.credential_data
            if made is None or isinstance(made.public_key, UnsupportedKey):
                raise ValidationError(NOT_ACCEPTED)


def credential_id(credential: dict[str, Any]) -> bytes:
    """Return the ID of a credential that CredentialField let through."""
    return RegistrationResponse.from_dict(credential).raw_id


def client_data_of(credential: dict[str, Any]) -> CollectedClientData:
    """Return what the browser says that was asked, of a credential that CredentialField let
    through."""
    return CollectedClientData(websafe_decode(credential["response"]["clientDataJSON"]))


def with_internal_handle(credential: dict[str, Any]) -> dict[str, Any]:
    """Return the credential with the handle that allauth looks for: the primary key.

    Ours is on the person's device, allauth's nowhere. Raises ValidationError where it is nobody's.
    """
    handle = AuthenticationResponse.from_dict(credential).response.user_handle or b""
    sub = handle.decode("ascii", "replace")
    user = User.objects.filter(sub=sub).first() if sub.isalnum() else None
    if user is None:
        raise ValidationError(NOT_ACCEPTED)
    internal = websafe_encode(user_pk_to_url_str(user).encode())
    return credential | {"response": credential["response"] | {"userHandle": internal}}
