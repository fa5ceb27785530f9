"""Names of allauth.core: typed codes."""

from allauth.core.internal.cryptokit import compare_user_code

__all__ = ["compare_user_code"]
