"""The authorization endpoint (RFC 6749 section 3.1): where a person is met and says yes or no.

Steps 3 and 4 of the seven, seen from the server: the request is validated, the person signs in,
the person is asked, and the answer goes back to the client with `iss` (RFC 9207).
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from oauthlib.common import add_params_to_uri
from oauthlib.oauth2.rfc6749.errors import FatalClientError, OAuth2Error

from accounts.authentication import sign_in_of
from accounts.oauth_server import consent
from accounts.oauth_server.authorization_request import AuthorizationRequest, read
from accounts.oauth_server.error_page import error_page
from accounts.oauth_server.models import Authorization, AuthorizationCode
from accounts.oauth_server.wire import no_store

if TYPE_CHECKING:
    from accounts.models import User

Step = Callable[[HttpRequest, AuthorizationRequest], HttpResponse]


def validated(step: Step) -> Callable[[HttpRequest], HttpResponse]:
    """Give `step` a validated request. An invalid one is answered here: by a page where nobody
    may be redirected, else by an error to the client."""

    @wraps(step)
    def view(request: HttpRequest) -> HttpResponse:
        try:
            asked = read(request)
        except FatalClientError as error:
            return error_page(request, error)
        except OAuth2Error as error:
            return _answer(error.redirect_uri, error.state, dict(error.twotuples))
        return no_store(step(request, asked))

    return view


@csrf_exempt  # a client's form has no token of ours; this only redirects, and decides nothing
@require_http_methods(["GET", "HEAD", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _as_get(request)
    return _authorize(request)


@validated
def _authorize(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return _sign_in(request, asked)
    if consent.is_needed(request.user, asked):
        return _ask(request, asked)
    return _allow(request, asked)


@require_POST
@validated
def decide(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    """Take the person's decision. The request it is about is in the query and validated anew."""
    if not request.user.is_authenticated:
        return _sign_in(request, asked)
    decision = request.POST.get("decision")
    if decision == "deny":
        return _refuse(asked, "access_denied", "The person did not allow it.")
    if decision != "allow":
        return HttpResponseRedirect(_own_address(request))
    return _allow(request, asked)


def _sign_in(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    if "none" in asked.prompt:
        return _refuse(asked, "login_required", "The person is not signed in.")
    return redirect_to_login(_own_address(request))


def _ask(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    if "none" in asked.prompt:
        return _refuse(asked, "consent_required", "The person has to be asked.")
    return consent.page(request, asked, own_address=_own_address(request))


def _allow(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    user = cast("User", request.user)
    with transaction.atomic():
        authorization = Authorization.objects.record(user, asked.client, asked.scopes)
        code = AuthorizationCode.objects.issue(authorization, asked, sign_in_of(request))
    return _answer(asked.redirect_uri, asked.state, {"code": code})


def _refuse(asked: AuthorizationRequest, error: str, description: str) -> HttpResponse:
    said = {"error": error, "error_description": description}
    return _answer(asked.redirect_uri, asked.state, said)


def _answer(redirect_uri: str, state: str | None, parameters: dict[str, str]) -> HttpResponse:
    """Send the person back to the client. `redirect_uri` has been validated."""
    parameters |= {"state": state} if state else {}
    parameters |= {"iss": settings.SITE_URL}
    uri = add_params_to_uri(redirect_uri, parameters.items())
    return no_store(HttpResponseRedirect(uri))


def _as_get(request: HttpRequest) -> HttpResponse:
    """Turn a request that was posted (Core section 3.1.2.1) into one in the query.

    A browser sends no SameSite=Lax cookie with a form from elsewhere, but does with a redirect.
    """
    parameters = request.POST or request.GET
    uri = f"{reverse('oauth_server:authorize')}?{parameters.urlencode()}"
    return no_store(HttpResponseRedirect(uri, status=303))


def _own_address(request: HttpRequest) -> str:
    return f"{reverse('oauth_server:authorize')}?{request.GET.urlencode()}"
