"""Serve the authorization endpoint (RFC 6749 section 3.1), where a person says yes or no.

Steps 3 and 4 of the seven, seen from the server: the request is validated, the person signs in,
the person is asked, and the answer goes back to the client with `iss` (RFC 9207).
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from oauthlib.oauth2.rfc6749.errors import FatalClientError, OAuth2Error

from accounts.limits.rate_limits import limited
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.network.client_address import client_address
from accounts.oauth_server.authorization import (
    codes,
    consent,
    interaction,
    origins,
    responses,
    trials,
)
from accounts.oauth_server.authorization.error_page import error_page
from accounts.oauth_server.authorization.request import AuthorizationRequest, read
from accounts.oauth_server.claims.subjects import subject_for
from accounts.oauth_server.models import Authorization, PushedRequest, access
from accounts.oauth_server.recorder.watch import recorded
from accounts.oauth_server.registration import documents
from accounts.oauth_server.rules.scopes import to_text
from accounts.oauth_server.wire import told
from accounts.oauth_server.wire.endpoint import as_get, no_store
from accounts.oauth_server.wire.refusals import note_error
from accounts.second_factors import policy
from accounts.security_events.details import Scopes
from accounts.security_events.record import record
from accounts.sessions.authentication import sign_in_of
from accounts.sessions.sign_in import TWO_FACTORS
from accounts.third_parties.reauthentication import ask_here
from accounts.way_back.packed import unpack

if TYPE_CHECKING:
    from accounts.models import User

# The steps that a request is continued after.
_SECOND_FACTOR, _SETTING_ONE_UP = "second factor", "setting a second factor up"
_CONFIRMING = "confirming"
_SECOND_FACTOR_NEEDED = ("interaction_required", "The person has to show a second factor.")
_UNMET = (
    "unmet_authentication_requirements",
    "This person did not sign in in the way that is asked for.",
)

_NOT_OPEN = ("access_denied", "This person is not among those who may use the app.")

Step = Callable[[HttpRequest, AuthorizationRequest], HttpResponse]


def validated(step: Step) -> Callable[[HttpRequest], HttpResponse]:
    """Give `step` a validated request. An invalid one is answered here: by a page where nobody
    may be redirected, else by an error to the client."""

    @wraps(step)
    def view(request: HttpRequest) -> HttpResponse:
        unpack(request)
        try:
            documents.read(request, request.GET.get("client_id", ""))
            origin = origins.resolve(request)
            trials.note(request)
            asked = read(request, origin)
        except FatalClientError as error:
            note_error(request, "authorize", request.GET, error)
            return error_page(request, error)
        except OAuth2Error as error:
            note_error(request, "authorize", request.GET, error)
            return responses.send_error(request, error)
        told.note_client(asked.client)
        return no_store(step(request, asked))

    return view


@recorded("authorize")
@csrf_exempt  # a client's form has no token of ours; this only redirects, and decides nothing
@require_http_methods(["GET", "HEAD", "POST"])
@limited("authorize")
def authorize(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return as_get(request, "oauth_server:authorize")  # Core section 3.1.2.1
    return _authorize(request)


@validated
def _authorize(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    response = _before_consent(request, asked)
    if response is not None:
        return response
    user = cast("User", request.user)
    if not access.is_open(asked.client, user):
        return _closed(request, asked)
    if consent.is_needed(user, asked):
        return _ask(request, asked)
    return _allow(request, asked, consent.decide_as_before(user, asked))


@recorded("decision")
@require_POST
@limited("authorize")
@validated
def decide(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    """Take the person's decision. The request it is about is in the query and validated anew."""
    response = _before_consent(request, asked)
    if response is not None:
        return response
    if not access.is_open(asked.client, cast("User", request.user)):
        return _refuse(asked, *_NOT_OPEN)
    decision = request.POST.get("decision")
    if decision == "deny":
        return _deny(request, asked)
    if decision != "allow":
        return HttpResponseRedirect(interaction.continued(request, asked))
    decided = consent.decide(request, asked.client, asked.wanted)
    if asked.wanted and not decided.allowed:
        return _deny(request, asked)  # everything was switched off
    return _allow(request, asked, decided, Event.CONSENT_GIVEN)


def _before_consent(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse | None:
    """Return what has to happen first, None where the right person has signed in well enough."""
    if not request.user.is_authenticated or interaction.must_prove(request, asked):
        return _sign_in(request, asked)
    owed = policy.detour(request, interaction.continued(request, asked))
    if owed is not None:
        return _first(asked, owed)
    if asked.expected_sub not in ("", subject_for(request.user, asked.client)):
        return _somebody_else(request, asked)
    stepped = _step_up(request, asked)
    if stepped is not None:
        return stepped
    if "select_account" in asked.prompt and interaction.is_first_time(request):
        return no_store(_choose_account(request, asked))
    return None


def _sign_in(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    if "none" in asked.prompt:
        return _refuse(asked, "login_required", "The person has to sign in.")
    if interaction.has_signed_in(request):
        return _confirm(request, asked)
    entrance = "account_signup" if "create" in asked.prompt else "account_login"
    return redirect_to_login(interaction.continued(request, asked), reverse(entrance))


def _confirm(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    """Have the person prove it here who came by a third party that did not ask them, once."""
    onward = interaction.continued(request, asked, after=_CONFIRMING)
    way = None
    if not interaction.was_sent_to(request, _CONFIRMING):
        way = ask_here(request, onward)
    return way or _refuse(asked, "login_required", "The person did not prove who they are.")


def _first(asked: AuthorizationRequest, detour: HttpResponse) -> HttpResponse:
    """Let the person give the second factor that they owe this site, and then come back."""
    if "none" in asked.prompt:
        return _refuse(asked, *_SECOND_FACTOR_NEEDED)
    return detour


def _somebody_else(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    """Let somebody else sign in, once: the client means another person than the one who is
    there."""
    if "none" in asked.prompt or interaction.has_signed_in(request):
        return _refuse(asked, "login_required", "Somebody else is signed in.")
    return redirect_to_login(interaction.continued(request, asked))


def _step_up(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse | None:
    """Ask for a second factor where the client demands one or wishes for one (RFC 9470 section 5).

    What is demanded has to be reached. A wish is put to the person once: they give their second
    factor, set one up, or come back without; the tokens say which it was (acr).
    """
    reached = frozenset(sign_in_of(request).acrs)
    is_demanded = bool(asked.acr_values) and not reached & set(asked.acr_values)
    is_wished = bool(asked.wished_acr_values) and not reached & set(asked.wished_acr_values)
    values = asked.acr_values if is_demanded else asked.wished_acr_values
    step = _SECOND_FACTOR if policy.has_one(request.user) else _SETTING_ONE_UP
    is_possible = TWO_FACTORS in values and not interaction.was_sent_to(request, step)
    if not is_possible or not (is_demanded or is_wished):
        return _refuse(asked, *_UNMET) if is_demanded else None
    if "none" in asked.prompt:
        return _refuse(asked, *_SECOND_FACTOR_NEEDED) if is_demanded else None
    onward = interaction.continued(request, asked, after=step)
    return policy.send_to_second_factor(request.user, onward)


def _choose_account(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    onward = interaction.continued(request, asked)
    other = f"{reverse('account_login')}?{urlencode({'next': onward})}"
    context = {"continue_url": onward, "other_account_url": other}
    return render(request, "oauth_server/choose_account.html", context)


def _ask(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    if "none" in asked.prompt:
        return _refuse(asked, "consent_required", "The person has to be asked.")
    return consent.page(request, asked, own_address=interaction.address(request))


def _closed(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    """Tell the person that the app is not open to them, and whom to ask. It is told when they go
    back to it, or at once where nothing may be shown."""
    who = {"user": request.user, "client": asked.client}
    refused: dict[str, Any] = {"actor": Actor.PERSON, "outcome": Outcome.FAILED, **who}
    if not asked.is_trial:
        record(Event.ACCESS_REFUSED, request=request, **refused)
    if "none" in asked.prompt:
        return _refuse(asked, *_NOT_OPEN)
    return consent.closed_page(request, asked, own_address=interaction.address(request))


def _deny(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    if not asked.is_trial:
        _record(Event.CONSENT_REFUSED, request, asked, asked.wanted, outcome=Outcome.FAILED)
    return _refuse(asked, "access_denied", "The person did not allow it.")


def _allow(
    request: HttpRequest, asked: AuthorizationRequest, decided: consent.Decided, *happened: Event
) -> HttpResponse:
    if asked.is_trial:
        said = {"allowed": decided.allowed, "declined": decided.declined}
        return _answer(asked, {"code": trials.answer(request, asked, **said)})
    user = cast("User", request.user)
    is_news = consent.is_news(user, asked.client, decided.allowed, asked.target)
    with transaction.atomic():
        if asked.origin.pushed and not PushedRequest.objects.use(asked.origin.pushed):
            return error_page(request, origins.RequestURIUnusable())
        authorization = Authorization.objects.record(
            user,
            asked.client,
            decided.allowed,
            decided.declined,
            address=client_address(request),
            resources=asked.target.rows,
        )
        code = codes.issue(authorization, asked, sign_in_of(request))
        for kind in (*happened, Event.CODE_ISSUED):
            _record(kind, request, asked, decided.allowed, is_told=is_news)
    return _answer(asked, {"code": code})


def _record(
    kind: Event,
    request: HttpRequest,
    asked: AuthorizationRequest,
    scopes: frozenset[str],
    outcome: Outcome = Outcome.SUCCEEDED,
    *,
    is_told: bool = True,
) -> None:
    record(
        kind,
        actor=Actor.PERSON,
        request=request,
        user=request.user,
        client=asked.client,
        outcome=outcome,
        details=Scopes(tuple(to_text(scopes).split())),
        is_told=is_told,
    )


def _refuse(asked: AuthorizationRequest, error: str, description: str) -> HttpResponse:
    if asked.origin.pushed:
        PushedRequest.objects.use(asked.origin.pushed)
    return _answer(asked, {"error": error, "error_description": description})


def _answer(asked: AuthorizationRequest, parameters: dict[str, str]) -> HttpResponse:
    by = asked.client
    return responses.send(asked.redirect_uri, asked.state, parameters, asked.response_mode, by)
