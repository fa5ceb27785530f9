"""Whether a person signs in with a browser that they have not signed in with before.

A browser is known by a random cookie that it keeps for a year: nothing about it is measured or
kept. One without it counts as known where the same browser signed in from the same address
before, as private windows do. What was known before the person signed out everywhere is not.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import SecurityEvent
from accounts.models.event_kinds import Event, Outcome
from accounts.models.security_event import USER_AGENT_LENGTH
from accounts.network.client_address import client_address
from accounts.text.cleaning import clean

if TYPE_CHECKING:
    from accounts.models import User

LIFETIME = timedelta(days=365)
_JUST_JOINED = timedelta(days=1)
_COOKIE = re.compile(r"[0-9A-Za-z_-]{43}")
_ON_REQUEST = "_known_device"


def is_new(request: HttpRequest, user: "User") -> bool:
    """Whether `user`, who signs in with `request`, does so in a browser that is new.

    Ask before this sign-in is recorded. The first one after signing up is not.
    """
    cookie = _cookie_of(request)
    if cookie and user.known_devices.filter(digest=_digest(user, cookie)).exists():
        return False
    before = SecurityEvent.objects.filter(user=user, outcome=Outcome.SUCCEEDED)
    ended = before.filter(kind=Event.EVERYTHING_ENDED).values_list("pk", flat=True).first()
    sign_ins = before.filter(kind=Event.SIGN_IN)
    if timezone.now() - user.date_joined < _JUST_JOINED and not sign_ins.exists():
        return False
    address = client_address(request)
    agent = clean(request.META.get("HTTP_USER_AGENT", ""), USER_AGENT_LENGTH)
    alike = sign_ins.filter(address=address, user_agent=agent, pk__gt=ended or 0)
    return not (address and agent and alike.exists())


def remember(request: HttpRequest, user: "User") -> None:
    """Know this browser from now on. The answer carries its cookie: see `keep_cookie`."""
    cookie = _cookie_of(request) or secrets.token_urlsafe(32)
    setattr(request, _ON_REQUEST, cookie)
    now = timezone.now()
    user.known_devices.update_or_create(digest=_digest(user, cookie), defaults={"last_used": now})


def keep_cookie(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: give the browser its cookie where somebody has just signed in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        cookie = getattr(request, _ON_REQUEST, "")
        if cookie:
            response.set_cookie(
                settings.DEVICE_COOKIE_NAME,
                cookie,
                max_age=LIFETIME,
                secure=settings.HTTPS,
                httponly=True,
                samesite="Lax",
            )
        return response

    return middleware


def _cookie_of(request: HttpRequest) -> str:
    cookie = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    return cookie if _COOKIE.fullmatch(cookie) else ""


def _digest(user: "User", cookie: str) -> str:
    return hashlib.sha256(f"{user.sub}\0{cookie}".encode()).hexdigest()
