"""Remember how somebody signed in on this device last time, for the entrance to mark it.

The cookie outlives the session. It names a way to sign in and never a person: whoever opens the
entrance on a shared device learns no more than that.
"""

from dataclasses import dataclass
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest, HttpResponse

_SALT = "how somebody signed in last time"
_MAX_AGE = 400 * 24 * 3600  # seconds: browsers keep no cookie for longer
_PASSKEY, _EMAIL, _THIRD_PARTY = "passkey", "email", "third_party:"


@dataclass(frozen=True)
class LastUsed:
    """Name a way of signing in. `provider` is the third party's ID, "" where it was none."""

    provider: str = ""
    passkey: bool = False
    email: bool = False  # with a password or a code


def read(request: HttpRequest) -> LastUsed:
    """Return the way of last time. A cookie that is not ours says nothing."""
    cookie = request.get_signed_cookie(
        settings.LAST_USED_COOKIE_NAME, default="", salt=_SALT, max_age=_MAX_AGE
    )
    way = cookie or ""
    if way.startswith(_THIRD_PARTY):
        return LastUsed(provider=way.removeprefix(_THIRD_PARTY))
    return LastUsed(passkey=way == _PASSKEY, email=way == _EMAIL)


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Keep how the person who has just been signed in did it."""
    ways = [_way(record) for record in get_authentication_records(request, request.user)]
    way = next(filter(None, ways), "")
    if not way:
        return
    response.set_signed_cookie(
        settings.LAST_USED_COOKIE_NAME,
        way,
        salt=_SALT,
        max_age=_MAX_AGE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _way(record: dict[str, Any]) -> str:
    """Return the way that a record of allauth's names, "" for a second factor."""
    if record["method"] == "socialaccount":
        return f"{_THIRD_PARTY}{record['provider']}"
    if record["method"] == "mfa":
        return _PASSKEY if record.get("passwordless") else ""
    return _EMAIL
