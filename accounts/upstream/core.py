"""Take from allauth.core how typed codes are compared."""

from allauth.core.internal.cryptokit import compare_user_code

__all__ = ["compare_user_code"]
