"""Names of allauth.core: under which keys of the cache its limits count, and typed codes."""

from allauth.core.internal.cryptokit import compare_user_code
from allauth.core.internal.ratelimit import get_cache_key, get_rates

__all__ = ["compare_user_code", "get_cache_key", "get_rates"]
