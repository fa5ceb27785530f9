"""Take from allauth.mfa passkeys, time-based codes (RFC 6238) and recovery codes."""

from allauth.mfa.base.internal.flows import post_authentication as record_authenticator_used
from allauth.mfa.recovery_codes.internal.flows import (
    auto_generate_recovery_codes as make_first_recovery_codes,
)
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
)
from allauth.mfa.totp.internal.auth import (
    yield_hotp_counters_from_time as accepted_time_steps,
)
from allauth.mfa.webauthn.internal.auth import STATE_SESSION_KEY as PASSKEY_STATE_KEY
from allauth.mfa.webauthn.internal.auth import (
    begin_registration as passkey_creation_options,
)
from allauth.mfa.webauthn.internal.auth import get_credentials as passkeys_of

__all__ = [
    "PASSKEY_STATE_KEY",
    "accepted_time_steps",
    "format_hotp_value",
    "hotp_value",
    "make_first_recovery_codes",
    "passkey_creation_options",
    "passkeys_of",
    "record_authenticator_used",
]
