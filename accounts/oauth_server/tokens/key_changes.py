"""Say what will happen before a signing key is rotated or withdrawn: which key signs, whom that
affects, and until when tokens of the old one verify. In English, as Django admin and commands are.
"""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from accounts.oauth_server.models import Client, SigningKey
from accounts.oauth_server.models.signing_key import JWKS_LIFETIME, PUBLISHED_AHEAD, published_until
from accounts.storage.sealed import unopened

_NAMED = 10  # clients


def forecast(algorithm: str, *, now: bool) -> list[str]:
    """Return it in sentences. `now`: the key is replaced at once, as a stolen one has to be."""
    told = _of_replacing(algorithm) if now else _of_rotating(algorithm)
    return [*told, _affected(algorithm)]


def state(key: SigningKey) -> str:
    """Return in words what the key does now, and when that changes."""
    now = timezone.now()
    if key.published_until and key.published_until <= now:
        return f"Retired on {_time(key.published_until)}. It signs nothing, and nobody reads it."
    if key.signs_from > now:
        return f"Waits. Clients can read it already; it signs from {_time(key.signs_from)} on."
    own = SigningKey.objects.published().filter(algorithm=key.algorithm)
    signing = own.filter(signs_from__lte=now).order_by("-generation").first()
    if signing != key and key.published_until:
        return f"Signs no more. What it signed verifies until {_time(key.published_until)}."
    following = own.filter(signs_from__gt=now).order_by("signs_from").first()
    if following is None or not key.published_until:
        return "Signs now."
    starts, ends = _time(following.signs_from), _time(key.published_until)
    return f"Signs now, until {starts}. What it signed verifies until {ends}, when it retires."


def _of_rotating(algorithm: str) -> list[str]:
    moment = timezone.now()
    own = SigningKey.objects.published().filter(algorithm=algorithm)
    waiting = own.filter(signs_from__gt=moment).first()
    if waiting:
        when = _time(waiting.signs_from)
        return [
            f"{_short(waiting.kid)} waits already and signs from {when} on. No other key is made."
        ]
    old = SigningKey.objects.current(algorithm)
    if unopened(old):
        kid, until = _short(old.kid), _time(published_until(moment))
        return [
            f"{kid} cannot be decrypted and signs nothing, so a new key signs at once.",
            f"Tokens that {kid} has signed verify until {until}.",
        ]
    takes_over = moment + PUBLISHED_AHEAD
    return [
        f"A new {algorithm} key is published now and signs from {_time(takes_over)} on.",
        f"Until then {_short(old.kid)} signs, as it does now. Tokens that it has signed verify "
        f"until {_time(published_until(takes_over))}.",
        "Clients need to do nothing: they look up a key that they do not know.",
    ]


def _of_replacing(algorithm: str) -> list[str]:
    keys = SigningKey.objects.filter(algorithm=algorithm).order_by("generation")
    kids = ", ".join(map(_short, keys.values_list("kid", flat=True)))
    minutes = int(JWKS_LIFETIME.total_seconds() // 60)
    return [
        f"A new {algorithm} key signs at once, and these are deleted for good: {kids or 'none'}.",
        "No token that they have signed verifies any more, from this moment on, the newest ones "
        "included. Access tokens and refresh tokens go on working.",
        f"A client that keeps the keys may refuse sign-ins for up to {minutes} minutes.",
    ]


def _affected(algorithm: str) -> str:
    signed = Q(algorithm=algorithm) | Q(userinfo_signed_response_alg=algorithm)
    names = list(Client.objects.filter(signed, is_active=True).values_list("name", flat=True))
    if not names:
        return f"No client uses {algorithm}."
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"Clients that use {algorithm}: {', '.join(names[:_NAMED])}{more}."


def _short(kid: str) -> str:
    """Return as much of a key ID as tells keys apart: a whole one is wider than a phone."""
    return f"{kid[:8]}…"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
