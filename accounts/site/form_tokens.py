"""Make the CSRF tokens of forms as Django does, asking the kernel for random bytes once.

Django asks it for each character: 64 times for the first page that somebody opens, a twentieth of
what that page costs. Cookie and token are as django.middleware.csrf makes them, and checks them.
"""

import os

from django.http import HttpRequest
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH

_MANY = len(CSRF_ALLOWED_CHARS)
_PLACES = {character: place for place, character in enumerate(CSRF_ALLOWED_CHARS)}
_CHARACTER_OF = bytes(ord(CSRF_ALLOWED_CHARS[byte % _MANY]) for byte in range(256))
# With these, which are left out, the first characters would be likelier than the others.
_UNEVEN = bytes(range(256 - 256 % _MANY, 256))


def of(request: HttpRequest) -> str:
    """Return a token for a form on the page that `request` asks for, and have its cookie set: the
    secret, under a mask that is another on each page (django.middleware.csrf.get_token)."""
    characters = _random(2 * CSRF_SECRET_LENGTH)
    mask, fresh = characters[:CSRF_SECRET_LENGTH], characters[CSRF_SECRET_LENGTH:]
    secret = request.META.setdefault("CSRF_COOKIE", fresh)
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True
    places = (
        (_PLACES[one] + _PLACES[other]) % _MANY for one, other in zip(secret, mask, strict=True)
    )
    return mask + "".join([CSRF_ALLOWED_CHARS[place] for place in places])


def _random(number: int) -> str:
    """Return random characters, each as likely as the others."""
    found = b""
    while len(found) < number:
        found += os.urandom(2 * number).translate(_CHARACTER_OF, _UNEVEN)
    return found[:number].decode()
