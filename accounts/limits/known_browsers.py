"""Recognise a browser that counts for itself: one that the person it asks for has signed in with
before.

Strangers can use up what an account or a network address may try, but never what the owner's own
browsers may. A stolen cookie is worth one such budget, and ends with the person's sessions when
these are emptied: accounts/sessions/device_cookies.py.
"""

from typing import TYPE_CHECKING

from django.http import HttpRequest

from accounts.models import KnownDevice, User
from accounts.sessions import device_cookies
from accounts.sessions.store import SID
from accounts.text.cleaning import is_storable
from accounts.text.email_addresses import comparable

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

Budget = tuple[str, ...]  # what its tries are counted under; empty where it has none of its own

_ON_REQUEST = "_budgets"


def budget_for(request: HttpRequest, email: str) -> Budget:
    """Return the budget of a browser in which somebody has typed `email`.

    As many queries whether anybody has it or not, so that the time does not tell.
    """
    address = comparable(email) if is_storable(email) else ""
    known = _remembered(request)
    if address not in known:
        known[address] = _look_up(request, address)
    return known[address]


def budget_of(request: HttpRequest, user: User) -> Budget:
    """Return the budget of a browser in which `user` signs in, or is signed in."""
    if _is_signed_in(request.user, user):
        return ("session", str(request.session.get(SID, "")))
    token = device_cookies.known_token(request, user)
    return ("browser", device_cookies.digest_of(user, token)) if token else ()


def _look_up(request: HttpRequest, address: str) -> Budget:
    tokens = device_cookies.tokens_in(request)
    if not address or not (tokens or request.user.is_authenticated):
        return ()
    owner = User.objects.owning(address)
    if _is_signed_in(request.user, owner):
        return ("session", str(request.session.get(SID, "")))
    sub, pk = (owner.sub, owner.pk) if owner else ("", 0)
    digests = [device_cookies.digest(sub, token) for token in tokens]
    found = KnownDevice.objects.filter(user=pk, digest__in=digests).first()
    return ("browser", found.digest) if found else ()


def _is_signed_in(visitor: "User | AnonymousUser", user: User | None) -> bool:
    return visitor.is_authenticated and visitor == user


def _remembered(request: HttpRequest) -> dict[str, Budget]:
    known: dict[str, Budget] = getattr(request, _ON_REQUEST, {})
    setattr(request, _ON_REQUEST, known)
    return known
