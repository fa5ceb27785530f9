"""Count how often a mailed code was tried, before anybody looks at what was typed.

allauth counts in the session, which simultaneous requests each read before one of them writes.
"""

from typing import Any

from django.core.cache import cache
from django.utils.crypto import salted_hmac

_LONGER = 60  # seconds for which tries are remembered when the code is gone


def count(state: dict[str, Any], lasts: int) -> int:
    """Count a try at the code in `state`, which works for `lasts` seconds; return how many there
    were, with this one. A new code begins anew."""
    told = "\0".join(str(state.get(name, "")) for name in ("email", "at", "code"))
    key = salted_hmac("accounts.entrance.code_tries", told, algorithm="sha256").hexdigest()
    counted = cache.count(f"code:{key}", lasts + _LONGER)  # type: ignore[attr-defined]
    return int(counted.number)
