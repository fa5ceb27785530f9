"""Name what can go wrong at a third party, and show the page that says so.

Each error is what a person reads: `title`, `advice` and the page's HTTP status, `page_status`.
What is for the log alone is the exception's message; it must hold no token, code or secret.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import (
    ImproperlyConfigured,
    MultipleObjectsReturned,
    PermissionDenied,
)
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from jwt import PyJWTError

from accounts.entrance.reauthentication import on_the_way_to, ways_here
from accounts.limits import rate_limits
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.network import outbound
from accounts.security_events.details import Reason, Refusal
from accounts.security_events.record import record
from accounts.text.in_words import InWords
from accounts.way_back.address import handed_on, way_back

log = logging.getLogger(__name__)

PROBLEM = "accounts.third_parties.problem"  # in request.META: what the log says, and no page

# What allauth's providers raise as they pick an answer apart that is not what they expect.
_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, AssertionError)


class ThirdPartyError(InWords, ProviderException):
    """Be the base of them all. allauth hands a ProviderException to `on_authentication_error`."""

    page_status = 502
    is_worth_another_try = True
    retry_seconds = 0  # after which it is worth it; 0: nobody can say
    title = _("We could not sign you in")
    advice = _("Nothing was changed. Try again, or choose another way to sign in.")


class ThirdPartyUnavailable(ThirdPartyError):
    """Say that it cannot be reached, takes too long, or says itself that it is out of order."""

    page_status = 503
    title = _("The site is not available right now")
    advice = _(
        "The site that you wanted to sign in with is not responding. Nothing was changed. Try "
        "again in a few minutes, or choose another way to sign in."
    )


class TooManyWait(ThirdPartyUnavailable):
    """Say that it is so slow that this site has nobody wait for it any more."""

    retry_seconds = outbound.RETRY_SECONDS
    title = _("Try again in a moment")
    advice = _(
        "Many people are waiting for the site that you wanted to sign in with, and it is slow to "
        "respond. Nothing was changed. Try again, or choose another way to sign in."
    )


class ThirdPartyMisbehaved(ThirdPartyError):
    """Say that its answer is not what the specification asks for, or not to be believed."""

    title = _("The response could not be verified")
    advice = _(
        "The site that you wanted to sign in with sent a response that we cannot accept. "
        "Nothing was changed. Try again. If it keeps happening, tell the people who run this "
        "site."
    )


class ThirdPartyDeclined(ThirdPartyError):
    """Say that it sent an error in place of a code."""

    page_status = 401
    title = _("The site did not sign you in")


class ThirdPartyRefused(ThirdPartyError):
    """Say that it answered a call with `status`, a 4xx: the token does not allow this call."""

    def __init__(self, status: int) -> None:
        super().__init__(gettext_noop("status %(status)s"), status=status)
        self.status = status


class RefreshTokenDead(ThirdPartyRefused):
    """Say that this refresh token will never work again (RFC 6749 section 5.2, `invalid_grant`)."""


class NoProfileEndpoint(ThirdPartyUnavailable):
    """Say that this provider has no address for a person's profile, or is gone."""


class AnswerNotExpected(ThirdPartyError):
    """Say that a callback belongs to no sign-in of this browser: tampered with, used or expired."""

    page_status = 400
    title = _("This sign-in has expired")
    advice = _(
        "It took too long, was already used, or was started in another browser. Nothing was "
        "changed. Start again."
    )


class AnotherAccount(ThirdPartyError):
    """Say that who went to prove who they are came back as somebody else."""

    page_status = 403
    title = _("That is a different account")
    advice = _(
        "You used an account that is not connected to yours here. Nothing was changed. Try "
        "again with your connected account."
    )


class NotAskedAnew(ThirdPartyError):
    """Say that it answered out of its memory where the person had to prove themselves to it."""

    page_status = 403
    title = _("The site did not ask you to sign in")
    advice = _(
        "You were already signed in there, so we cannot tell whether it’s you. Nothing was "
        "changed. Sign out there and try again, or choose another way."
    )


class AskingNotShown(NotAskedAnew):
    """Say that it does not show that it asked (`auth_time`), where the person had to prove it."""

    is_worth_another_try = False
    title = _("The site did not confirm that it’s you")
    advice = _(
        "It did not tell us whether it asked you to sign in, so we cannot tell whether it’s you. "
        "Nothing was changed. Choose another way to confirm."
    )


class SetUpWrong(ThirdPartyError):
    """Say that this site's registration of the third party cannot work as it is."""

    page_status = 503
    title = _("This way to sign in is not set up yet")
    advice = _("Choose another way to sign in, and tell the people who run this site.")


class SignedUpMeanwhile(ThirdPartyError):
    """Say that two first sign-ins of one person met; the other one made the account."""

    page_status = 409
    title = _("Try again")
    advice = _("You signed in twice at the same time. Your account is ready: try again.")


def translate(exception: BaseException, *, reading: bool) -> ThirdPartyError | None:
    """Return what `exception` means to a person, None where it is a fault of this site.

    `reading`: nothing but the third party's answer was being worked on when it was raised.
    """
    if isinstance(exception, ThirdPartyError):
        return exception
    if isinstance(exception, PermissionDenied):
        return AnswerNotExpected()
    if isinstance(exception, MultipleObjectsReturned):
        return SetUpWrong("registered twice")
    if isinstance(exception, IntegrityError):
        return SignedUpMeanwhile()
    if isinstance(exception, requests.RequestException):
        return _from_http(exception)
    if isinstance(exception, outbound.CallFailed):
        return from_call(exception)
    if isinstance(exception, ImproperlyConfigured) and not reading:
        return SetUpWrong(str(exception))
    if isinstance(exception, OAuth2Error | ProviderException | PyJWTError | ImproperlyConfigured):
        return ThirdPartyMisbehaved(type(exception).__name__)
    if reading and isinstance(exception, _UNREADABLE):
        return ThirdPartyMisbehaved(type(exception).__name__)
    return None


@contextmanager
def as_set_up() -> Iterator[None]:
    """Raise SetUpWrong for what a kind of provider raises where its settings or its key do not do:
    each has its own way."""
    try:
        yield
    except (*_UNREADABLE, ImproperlyConfigured, PyJWTError, ImmediateHttpResponse) as error:
        words = gettext_noop("its settings do not do (%(error)s)")
        raise SetUpWrong(words, error=type(error).__name__) from error


def from_call(failure: outbound.CallFailed) -> ThirdPartyError:
    """Return what a call that did not end well means to a person."""
    if isinstance(failure, outbound.TooManyCalls):
        return TooManyWait(str(failure))
    if isinstance(failure, outbound.Unavailable):
        return ThirdPartyUnavailable(str(failure))
    return ThirdPartyMisbehaved(str(failure))


def _from_http(exception: requests.RequestException) -> ThirdPartyError:
    """Return what a failed call means, a timeout and an HTTP error status included."""
    status = exception.response.status_code if exception.response is not None else 0
    unavailable = isinstance(exception, requests.ConnectionError | requests.Timeout)
    if unavailable or status >= 500:
        return ThirdPartyUnavailable(f"status {status}")
    return ThirdPartyMisbehaved(f"{type(exception).__name__}, status {status}")


def _kind(request: HttpRequest, problem: ThirdPartyError) -> Event:
    if isinstance(problem, AnotherAccount | NotAskedAnew):
        return Event.CONFIRMED
    return Event.CONNECTION_ADDED if request.user.is_authenticated else Event.SIGN_IN


def _ways_to_prove_it(request: HttpRequest) -> dict[str, Any]:
    """Return what a page offers to somebody who still has to prove who they are."""
    again = way_back(request)
    going_to = QueryDict(urlsplit(again).query).get(REDIRECT_FIELD_NAME, "")
    ways = ways_here(request) if request.user.is_authenticated else []
    return {
        "back_to_proof": again,
        "ways": [way | {"url": on_the_way_to(going_to, way["url"])} for way in ways],
    }


def _record(request: HttpRequest, problem: ThirdPartyError, provider_id: str) -> None:
    """Record it, as often as wrong passwords at an address: anybody can call up an answer that
    no third party has given."""
    try:
        rate_limits.hit(request, "sign_in_failures", "third party", rate_limits.network_of(request))
    except rate_limits.LimitReached:
        return
    record(
        _kind(request, problem),
        actor=Actor.PERSON if request.user.is_authenticated else Actor.UNKNOWN,
        request=request,
        user=request.user,
        outcome=Outcome.FAILED,
        details=Refusal(Reason.THIRD_PARTY, provider_id, type(problem).__name__),
    )


def page(request: HttpRequest, problem: ThirdPartyError, provider_id: str) -> HttpResponse:
    """Return the page that tells a person of `problem`. Logs and records it."""
    request.META[PROBLEM] = str(problem) or type(problem).__name__
    log.warning("Sign-in with %s failed: %s %s", provider_id, type(problem).__name__, problem or "")
    _record(request, problem, provider_id)
    again = handed_on(request, reverse("account_login"))
    context: dict[str, Any] = {"problem": problem, "login_url": again}
    if isinstance(problem, AnotherAccount | NotAskedAnew):
        context |= _ways_to_prove_it(request)
    template = "socialaccount/authentication_error.html"
    response = render(request, template, context, status=problem.page_status)
    response["Cache-Control"] = "no-store"
    if problem.retry_seconds:
        response["Retry-After"] = str(problem.retry_seconds)
    return response
