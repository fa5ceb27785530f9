"""When those may try again whom one of allauth's limits refused (ACCOUNT_RATE_LIMITS).

allauth does not say which of its limits was reached, nor when that one ends. Both can be read from
what it counted: for each limit, when the attempts were that still count, the newest first.
"""

import time
from collections.abc import Iterator
from math import ceil

from allauth.account.adapter import get_adapter
from allauth.core.ratelimit import Rate
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from accounts.limits import rate_limits
from accounts.site import errors
from accounts.text.email_addresses import comparable
from accounts.upstream.core import get_cache_key, get_rates

# What allauth counts on its pages. A page that is not named here may have reached any of them.
_COUNTED = {
    "account_login": ("login", "login_failed", "confirm_email"),
    "account_signup": ("signup",),
    "account_signup_by_passkey": ("signup",),
    "account_request_login_code": ("request_login_code",),
    "account_reset_password": ("reset_password",),
    "account_complete_password_reset": ("reset_password_from_key",),
    "account_reauthenticate": ("reauthenticate", "login_failed"),
    "account_change_password": ("change_password", "login_failed"),
    "account_set_password": ("change_password",),
    "account_email": ("manage_email", "confirm_email"),
    "mfa_login_webauthn": ("webauthn_login",),
}
_APPS = ("allauth.account", "allauth.mfa")

# None is reached where allauth could not lock a counter in time: many try at this very moment.
_BUSY = 10  # seconds


def refused(request: HttpRequest) -> HttpResponse:
    """Answer for allauth, which looks for `handler429` beside Django's handlers."""
    rate_limits.note_sign_in_refused(request)
    return errors.too_many_requests(request, wait(request))


def wait(request: HttpRequest) -> int:
    """Return the seconds after which this page refuses `request` no more.

    One attempt can reach several limits at once, as ten wrong passwords do that of the network
    address and that of the account: then it is the one that ends last.
    """
    now = time.time()
    return max((ceil(end - now) for end in _ends(request) if end > now), default=_BUSY)


def _ends(request: HttpRequest) -> Iterator[float]:
    """When each limit that is reached ends: seconds since 1970."""
    for app, action, rate in _rates(request):
        for key in _keys(request, app, action, rate):
            attempts = cache.get(key, [])
            if len(attempts) >= rate.amount:
                yield attempts[rate.amount - 1] + rate.duration


def _rates(request: HttpRequest) -> Iterator[tuple[str, str, Rate]]:
    for app in _APPS:
        config = import_string(f"{app}.app_settings.RATE_LIMITS")
        match = request.resolver_match
        counted = _COUNTED.get(match.url_name or "" if match else "", config)
        for action in config.keys() & set(counted):
            for rate in get_rates(app=app, action=action):
                yield app, action, rate


def _keys(request: HttpRequest, app: str, action: str, rate: Rate) -> Iterator[str]:
    """Under which names of the cache `request` may have been counted."""
    if rate.per == "user" and not request.user.is_authenticated:
        return
    for whom in _whom(request, action) if rate.per == "key" else [None]:
        yield get_cache_key(request, app=app, action=action, rate=rate, key=whom)


def _whom(request: HttpRequest, action: str) -> Iterator[str]:
    """The addresses that are counted for all who type them, as allauth names them."""
    typed = [request.POST.get(field, "") for field in ("login", "email")]
    own = [request.user.email] if request.user.is_authenticated else []
    for address in map(comparable, filter(None, [*typed, *own])):
        if action == "login_failed":
            yield get_adapter()._get_login_attempts_cache_key(request, email=address)
        else:
            yield address
