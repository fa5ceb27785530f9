"""Names of allauth's internals that tests alone need: to give somebody a second factor."""

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP

__all__ = ["TOTP", "RecoveryCodes"]
