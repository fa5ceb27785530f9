"""Read and write the cookie by which browsers are known to people who have signed in with them.

It holds a random token for each of a few people, 256 bits that nobody can guess or forge, and the
table a digest of each together with its person: there is nothing to sign. A token is made for one
person, at a sign-in of theirs, and is good for no other: one that was planted in a browser stays
a stranger's. It says who may try, never who somebody is (OWASP, "Slow Down Online Guessing Attacks
with Device Cookies").
"""

import hashlib
import re
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest

if TYPE_CHECKING:
    from accounts.models import User

LIFETIME = timedelta(days=365)

_TOKENS = 5  # as many people may share a browser and each be known in it
_TOKEN = re.compile(r"[0-9A-Za-z_-]{43}")


def new_token() -> str:
    return secrets.token_urlsafe(32)


def tokens_in(request: HttpRequest) -> list[str]:
    """Return what may be tokens in the cookie, the newest first."""
    cookie = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    return [token for token in cookie.split(".")[:_TOKENS] if _TOKEN.fullmatch(token)]


def with_token(request: HttpRequest, token: str) -> str:
    """Return the cookie's new value: `token`, and those of the others who use this browser."""
    others = [each for each in tokens_in(request) if each != token]
    return ".".join([token, *others][:_TOKENS])


def digest_of(user: "User", token: str) -> str:
    return digest(user.sub, token)


def digest(sub: str, token: str) -> str:
    """Return what the table knows the token by: it does not tell who share a browser."""
    return hashlib.sha256(f"{sub}\0{token}".encode()).hexdigest()


def known_token(request: HttpRequest, user: "User") -> str:
    """Return the token by which this browser is known to be one of `user`'s, "" where it is not."""
    by_digest = {digest_of(user, token): token for token in tokens_in(request)}
    if not by_digest:
        return ""
    known = user.known_devices.filter(digest__in=by_digest).values_list("digest", flat=True)
    return next((by_digest[each] for each in known), "")
