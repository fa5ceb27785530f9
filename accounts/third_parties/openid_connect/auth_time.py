"""Read when an issuer last asked its person to sign in: `auth_time` (OpenID Connect Core 2)."""

import time
from typing import Any

from accounts.sessions.authentication import ASKED, AUTH_TIME

CLOCK_SKEW = 10  # seconds; less than for tokens, as within it an older sign-in passes for a new one


def read(claims: dict[str, Any], asked_at: float) -> dict[str, Any]:
    """Return what an ID token says of it, as the record of the sign-in keeps it: AUTH_TIME by this
    site's clock and ASKED, or nothing where it does not say, or says what cannot be.

    `asked_at` is when the person was sent to the issuer, in seconds since 1970.
    """
    told, now = claims.get("auth_time"), time.time()
    if isinstance(told, bool) or not isinstance(told, int | float):
        return {}
    if not 0 < told <= now + CLOCK_SKEW:
        return {}
    if told < asked_at - CLOCK_SKEW:
        return {AUTH_TIME: float(told), ASKED: False}
    return {AUTH_TIME: min(max(float(told), asked_at), now), ASKED: True}
