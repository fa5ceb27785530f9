"""Serve RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): an app sends a person to sign
out.

It ends this browser's session and what that app earned from it. Other apps of the session keep
their tokens, as they do when a person signs out at the site, and are told by the back channel.

Nobody is signed out by a mere link: without an ID token of this very session the person is asked.
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, cast

from django.contrib.auth import logout as end_session
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from oauth2_provider.http import OAuth2ResponseRedirect
from oauthlib.common import add_params_to_uri

from accounts.limits.rate_limits import limited
from accounts.oauth_server.logout.request import LogoutRefused, LogoutRequest, read
from accounts.oauth_server.rules.redirect_uris import host, scheme
from accounts.oauth_server.tokens import revocation
from accounts.oauth_server.wire.endpoint import as_get, no_store
from accounts.oauth_server.wire.refusals import note
from accounts.sessions.store import SID
from accounts.site import request_id
from accounts.way_back.packed import pack, unpack

if TYPE_CHECKING:
    from accounts.models import User

Step = Callable[[HttpRequest, LogoutRequest], HttpResponse]


def validated(step: Step) -> Callable[[HttpRequest], HttpResponse]:
    """Give `step` a validated request. An invalid one is answered here, by a page."""

    @wraps(step)
    def view(request: HttpRequest) -> HttpResponse:
        unpack(request)
        try:
            asked = read(request)
        except LogoutRefused as refused:
            note(request, "logout", request.GET, "invalid_request", "", refused.parameter)
            return _refuse(request, refused)
        return no_store(step(request, asked))

    return view


@csrf_exempt  # a client's form has no token of ours; this only redirects, and ends nothing
@require_http_methods(["GET", "POST"])
@limited("authorize")
def logout(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return as_get(request, "oauth_server:logout")
    return _logout(request)


@validated
def _logout(request: HttpRequest, asked: LogoutRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return _leave(request, asked)
    if not asked.sid or asked.sid != request.session.get(SID):
        return _ask(request, asked)
    return _end(request, asked)


@require_POST
@validated
def decide(request: HttpRequest, asked: LogoutRequest) -> HttpResponse:
    """Take the person's yes. The request it is about is in the query and validated anew."""
    if not request.user.is_authenticated:
        return _leave(request, asked)
    return _end(request, asked)


def _ask(request: HttpRequest, asked: LogoutRequest) -> HttpResponse:
    context = {
        "client": asked.client,
        "redirect_host": host(asked.redirect_uri) if asked.redirect_uri else "",
        "decision_url": pack(f"{reverse('oauth_server:logout-decide')}?{request.GET.urlencode()}"),
    }
    return render(request, "oauth_server/logout.html", context)


def _end(request: HttpRequest, asked: LogoutRequest) -> HttpResponse:
    user, sid = cast("User", request.user), request.session.get(SID, "")
    with transaction.atomic():
        end_session(request)  # tells the apps, so it comes before their tokens end
        if asked.client:
            revocation.revoke_session_at(asked.client, user, sid)
    return _leave(request, asked)


def _leave(request: HttpRequest, asked: LogoutRequest) -> HttpResponse:
    """Send the person, who is signed out, back to the client, or say so."""
    if not asked.redirect_uri:
        return render(request, "oauth_server/signed_out.html", {"client": asked.client})
    state = {"state": asked.state} if asked.state else {}
    uri = cast(str, add_params_to_uri(asked.redirect_uri, state.items()))
    return OAuth2ResponseRedirect(uri, [scheme(asked.redirect_uri)])


def _refuse(request: HttpRequest, refused: LogoutRefused) -> HttpResponse:
    context = {
        "title": _("This app’s request is not valid"),
        "detail": str(refused),
        "hint": _(
            "Nothing was changed. If you were signed in, you still are: you can sign out on "
            "your account page."
        ),
        "request_id": request_id.current(),
    }
    return no_store(render(request, "oauth_server/error.html", context, status=400))
