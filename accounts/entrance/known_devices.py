"""Know the browsers that a person has signed in with before.

A browser is known by a random token in a cookie that it keeps for a year: nothing about it is
measured or kept (accounts/sessions/device_cookies.py). One without it counts as known where the
same browser signed in from the same address before, as private windows do. What was known before
the person signed out everywhere is not.
"""

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
from accounts.sessions import device_cookies
from accounts.text.cleaning import clean

if TYPE_CHECKING:
    from accounts.models import User

_JUST_JOINED = timedelta(days=1)
_MOST = 50  # browsers of one person, the last that they used: a script that signs in keeps none
_ON_REQUEST = "_known_device"


def is_new(request: HttpRequest, user: "User") -> bool:
    """Return whether `user`, who signs in with `request`, does so in a browser that is new.

    Ask before this sign-in is recorded. The first one after signing up is not.
    """
    if device_cookies.known_token(request, user):
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
    token = device_cookies.known_token(request, user)
    if token:
        _keep(user, token)
    else:  # nobody has a row of one that was just made up
        token = device_cookies.new_token()
        digest = device_cookies.digest_of(user, token)
        user.known_devices.create(digest=digest, last_used=timezone.now())
        _forget_surplus(user)
    setattr(request, _ON_REQUEST, device_cookies.with_token(request, token))


def _keep(user: "User", token: str) -> None:
    digest, now = device_cookies.digest_of(user, token), timezone.now()
    user.known_devices.update_or_create(digest=digest, defaults={"last_used": now})


def _forget_surplus(user: "User") -> None:
    known = user.known_devices
    last = list(known.order_by("-last_used", "-pk").values_list("pk", flat=True)[: _MOST + 1])
    if len(last) > _MOST:
        known.exclude(pk__in=last[:_MOST]).delete()


def keep_cookie(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Give the browser its cookie where somebody has just signed in. Middleware."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        cookie = getattr(request, _ON_REQUEST, "")
        if cookie:
            response.set_cookie(
                settings.DEVICE_COOKIE_NAME,
                cookie,
                max_age=device_cookies.LIFETIME,
                secure=settings.HTTPS,
                httponly=True,
                samesite="Lax",
            )
        return response

    return middleware
