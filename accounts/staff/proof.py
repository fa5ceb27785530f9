"""Demand a proof of the last minutes before anything changes in Django admin; reading wants none.

Middleware, so that a page that comes later is guarded, too. Whoever's proof is too old gives it as
on the pages of their account and is led back. A form that was sent meanwhile waits in their
session, sealed, and is sent on when they are back: once, and on no other way than that one.
"""

import secrets
import time
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.datastructures import MultiValueDict

from accounts.entrance.reauthentication import is_recent, on_the_way_to
from accounts.sessions.authentication import is_fresh, sign_in_again

WAITING = "admin_form"  # in the session
RETURN = "_form"  # in the address to come back to: which form waits
AGAIN = "_enter_again"  # in a form: what of it was not kept

# These change nothing of the site's.
_OPEN = {"login", "logout", "password_change", "password_change_done", "jsi18n"}
# Pages that are no reading: to ask at once costs nobody what they typed.
_ASKS = ("_add", "_delete")

_LIFETIME = 900  # seconds
_LONGEST = 100_000  # characters
_SECRETS = ("new_secret", "new_private_key")  # kept nowhere before the proof
_NEVER_KEPT = (*_SECRETS, "csrfmiddlewaretoken")


def is_proven(request: HttpRequest) -> bool:
    return is_recent(request) or is_fresh(request)


class AskBeforeChanges:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or match.app_name != "admin" or match.url_name in _OPEN:
            return None
        if not (request.user.is_active and request.user.is_staff):
            return None  # who gets nowhere here
        if is_proven(request):
            _send_what_waits(request)
            return None
        request.session.pop(WAITING, None)  # its sender came back on another way
        is_change = request.method not in ("GET", "HEAD", "OPTIONS")
        if is_change or (match.url_name or "").endswith(_ASKS):
            return _ask(request, _let_wait(request) if is_change else "")
        return None


def _ask(request: HttpRequest, waiting: str) -> HttpResponse:
    """Lead to the way to prove it, and from there back to this address."""
    query = request.GET.copy()
    query.pop(RETURN, None)
    if waiting:
        query[RETURN] = waiting
    onward = f"{request.path}?{query.urlencode()}" if query else request.path
    ways = get_adapter().get_reauthentication_methods(request.user)
    if not ways:
        return sign_in_again(request, onward)
    return redirect(on_the_way_to(onward, ways[0]["url"]))


def _let_wait(request: HttpRequest) -> str:
    """Keep the form that was sent, and return its name; "" where it is too long for that."""
    form = request.POST.copy()
    if request.FILES or any(form.get(name) for name in _SECRETS):
        form[AGAIN] = "on"
    for name in _NEVER_KEPT:
        if name in form:
            form[name] = ""
    kept = form.urlencode()
    if len(kept) > _LONGEST:
        return ""
    name = secrets.token_urlsafe(16)
    person = request.user.pk
    request.session[WAITING] = {
        "name": name,
        "path": request.path,
        "form": kept,
        "person": person,
        "at": time.time(),
    }
    return name


def _send_what_waits(request: HttpRequest) -> None:
    """Take the form that waits for this address, if any, for what was sent to it."""
    waiting = request.session.pop(WAITING, None)
    returned = request.GET.get(RETURN, "")
    _forget_return(request)
    if not waiting or request.method != "GET" or not _is_due(waiting, request, returned):
        return
    request.method = "POST"
    request.POST = QueryDict(waiting["form"])
    request._files = MultiValueDict()  # type: ignore[attr-defined]


def _is_due(waiting: dict[str, Any], request: HttpRequest, returned: str) -> bool:
    is_same = secrets.compare_digest(waiting["name"].encode(), returned.encode())
    is_theirs = waiting["person"] == request.user.pk and waiting["path"] == request.path
    return is_same and is_theirs and time.time() - waiting["at"] < _LIFETIME


def _forget_return(request: HttpRequest) -> None:
    """Leave the page its own query: a list would take another parameter for a filter."""
    if RETURN not in request.GET:
        return
    query = request.GET.copy()
    del query[RETURN]
    request.GET = query  # type: ignore[assignment]
    request.META["QUERY_STRING"] = query.urlencode()
