"""Tell the limits that programs meet, as they are set on this site."""

from dataclasses import dataclass

from django.conf import settings

from accounts.limits.rate_limits import parse

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
# By the names in settings.RATE_LIMITS: what is counted, and for whom.
_COUNTED = {
    "api": ("Calls of the API", "each client and person together"),
    "authorize": ("Authorization requests", "each network address"),
    "token": ("Requests of the token endpoint", "each client at each network address"),
    "introspect": ("Introspections", "each client at each network address"),
    "revoke": ("Revocations", "each client at each network address"),
    "device_authorization": ("Codes for devices", "each client at each network address"),
    "client_failures": ("Wrong secrets and unknown clients", "each network address"),
    "api_failures": ("Tokens that open nothing at the API", "each network address"),
    "registration": ("Clients that register themselves", "each network address"),
    "registration_management": ("Changes of such registrations", "each network address"),
}


@dataclass(frozen=True)
class Limit:
    """Say how often what may be done, and for whom that is counted."""

    what: str
    rate: str
    whose: str


def told() -> list[Limit]:
    return [Limit(what, _in_words(name), whose) for name, (what, whose) in _COUNTED.items()]


def _in_words(name: str) -> str:
    rate = parse(settings.RATE_LIMITS[name])
    unit, word = next(each for each in _UNITS if rate.seconds % each[0] == 0)
    number = rate.seconds // unit
    return f"{rate.limit:,} in {number:,} {word}s" if number > 1 else f"{rate.limit:,} a {word}"
