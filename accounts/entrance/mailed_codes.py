"""Let the page of a mailed code stay when the code is gone.

allauth forgets all of a code that is too old or was mistyped too often, with the address that it
went to, and leads to the entrance. Here its page stays: it says what happened, and sends a new code
there by one press. None of it depends on whether anybody is known by that address.
"""

import time
from collections.abc import Callable
from copy import deepcopy
from functools import wraps
from typing import Any, NamedTuple, cast

from allauth.account import app_settings
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.stages import EmailVerificationStage, LoginByCodeStage
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.entrance.enumeration import look_for_nobody
from accounts.entrance.waiting_sign_up import offer_other_address, process_of
from accounts.limits import sign_in_limits
from accounts.models.event_kinds import Event
from accounts.text.email_addresses import readable
from accounts.upstream.account import (
    AUTHENTICATED_USER_KEY,
    EMAIL_CODE_KEY,
    PENDING_LOGIN_KEY,
    RESET_CODE_KEY,
)
from accounts.way_back.address import View, handed_on, way_back

TOO_OLD, MISTYPED, INTERRUPTED = "too old", "mistyped", "interrupted"

_SENT_TO = "sent_to"  # in a form: the address on the page that it is of
_LAST_CODES = "last_codes"  # in the session: of each page, what is left when its code is gone

# What a session has of somebody who signs up or in, and has to show an address to be theirs.
_OF_ADDRESS = (
    *(PENDING_LOGIN_KEY, EMAIL_CODE_KEY),
    *(AUTHENTICATION_METHODS_SESSION_KEY, AUTHENTICATED_USER_KEY),
)


class Kind(NamedTuple):
    """Describe a mailed code. `page` takes it, `asked_at` mails one to the `email` in its form.

    `lasts` says for how many seconds it works, `event` what a wrong one is recorded as, `lookups`
    how often showing the page looks for the person.
    """

    page: str
    asked_at: str
    lasts: Callable[[], int]
    event: Event
    lookups: int


SIGN_IN = Kind(
    "account_confirm_login_code",
    "account_request_login_code",
    lambda: app_settings.LOGIN_BY_CODE_TIMEOUT,
    Event.SIGN_IN,
    lookups=1,
)
RESET = Kind(
    "account_confirm_password_reset_code",
    "account_reset_password",
    lambda: app_settings.PASSWORD_RESET_BY_CODE_TIMEOUT,
    Event.PASSWORD_RESET,
    lookups=0,
)
ADDRESS = Kind(
    "account_email_verification_sent",
    "account_email_verification_sent",
    lambda: app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT,
    Event.EMAIL_VERIFIED,
    lookups=2,
)


def code_page(kind: Kind) -> Callable[[View], View]:
    """Let a page of allauth's that needs a code of `kind` say so where that has ended."""

    def decorator(view: View) -> View:
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if kind is ADDRESS and request.POST.get("action") == "new" and _last(request, kind):
                return _new_code_for_address(request)
            pending = _pending(request, kind)
            if pending and time.time() - pending["at"] > kind.lasts():
                remember(request, kind, pending, TOO_OLD)
                view(request, *args, **kwargs)  # which forgets it
                return to_page(request, kind)
            if pending and request.POST.get(_SENT_TO, pending["email"]) != pending["email"]:
                messages.info(request, _meanwhile(pending["email"]))
                return to_page(request, kind)
            if not pending and _last(request, kind):
                return _ended(request, kind)
            if pending and request.method == "POST":
                sign_in_limits.enter(request, pending["email"])
            if pending and "user_id" not in pending:
                look_for_nobody(kind.lookups)
            response = view(request, *args, **kwargs)
            _look_after(request, kind)
            return response

        return page

    return decorator


def _pending(request: HttpRequest, kind: Kind) -> dict[str, Any] | None:
    """Return allauth's state of the code that this browser waits for, None where there is none."""
    if kind is RESET:
        return cast(Any, request.session.get(RESET_CODE_KEY))
    login = request.session.get(PENDING_LOGIN_KEY) or {}
    stages = login.get("state", {}).get("stages", {})
    if kind is SIGN_IN:
        return stages.get(LoginByCodeStage.key, {}).get("data") or None
    state = request.session.get(EMAIL_CODE_KEY)
    is_real = state and "user_id" in state and not request.user.is_authenticated
    if is_real and stages.get("current") != EmailVerificationStage.key:
        return None  # another sign-in was begun in another tab
    return cast(Any, state)


def _look_after(request: HttpRequest, kind: Kind) -> None:
    """Remember the code that is waited for; forget the one that was taken."""
    pending = _pending(request, kind)
    if pending:
        remember(request, kind, pending, INTERRUPTED)
    elif (_last(request, kind) or {}).get("why") == INTERRUPTED:
        request.session[_LAST_CODES].pop(kind.page)
        request.session.modified = True


def remember(request: HttpRequest, kind: Kind, pending: dict[str, Any], why: str) -> None:
    """Keep what is needed to say `why` the code is gone, and to send a new one."""
    kept = {key: request.session[key] for key in _kept(request, kind) if key in request.session}
    last = {"email": pending["email"], "of": _who(request), "why": why, "kept": deepcopy(kept)}
    if _last(request, kind) != last:
        known = request.session.get(_LAST_CODES, {})
        request.session[_LAST_CODES] = {**known, kind.page: last}


def _kept(request: HttpRequest, kind: Kind) -> tuple[str, ...]:
    if kind is not ADDRESS:
        return ()  # a new code needs nothing but the address
    if request.user.is_authenticated:
        return (EMAIL_CODE_KEY,)
    return _OF_ADDRESS


def _last(request: HttpRequest, kind: Kind) -> dict[str, Any] | None:
    """Return what is left of the last code, unless somebody has signed in or out since."""
    last = request.session.get(_LAST_CODES, {}).get(kind.page)
    return last if last and last["of"] == _who(request) else None


def last_address(request: HttpRequest) -> str:
    """Return where the last code for this page went, whoever has signed in since; "" for none."""
    page = request.resolver_match.view_name if request.resolver_match else ""
    return str(request.session.get(_LAST_CODES, {}).get(page, {}).get("email", ""))


def _who(request: HttpRequest) -> int | None:
    return request.user.pk


def to_page(request: HttpRequest, kind: Kind) -> HttpResponse:
    """Lead to the page that takes the code."""
    return HttpResponseRedirect(handed_on(request, reverse(kind.page)))


def _ended(request: HttpRequest, kind: Kind) -> HttpResponse:
    """Show that there is no code to be typed any more, why, and how to come by a new one."""
    last = cast(dict[str, Any], _last(request, kind))
    going_to = way_back(request)
    context = {
        **new_code(kind),
        "email": last["email"],
        "why": _why(last["why"], kind),
        "redirect_field_name": REDIRECT_FIELD_NAME,
        "redirect_field_value": going_to,
        "other_address": handed_on(request, reverse(_other_address(request, kind))),
    }
    return render(request, "account/code_ended.html", context)


def new_code(kind: Kind) -> dict[str, Any]:
    """Return what a template needs for the button that sends a new code."""
    return {"new_code_url": reverse(kind.asked_at)}


def _other_address(request: HttpRequest, kind: Kind) -> str:
    if kind is not ADDRESS:
        return kind.asked_at
    if request.user.is_authenticated:
        return "account_email"
    kept = cast(dict[str, Any], _last(request, kind))["kept"]
    is_by_third_party = offer_other_address(request, kept[EMAIL_CODE_KEY])
    return "socialaccount_signup" if is_by_third_party else "account_signup"


def _why(why: str, kind: Kind) -> str:
    if why == MISTYPED:
        return _("Too many wrong codes were entered.")
    if why == INTERRUPTED:
        return _("You have started something else in this browser in the meantime.")
    minutes = kind.lasts() // 60
    words = ngettext(
        "Codes are valid for %(minutes)d minute.",
        "Codes are valid for %(minutes)d minutes.",
        minutes,
    )
    return words % {"minutes": minutes}


def _meanwhile(email: str) -> str:
    words = _("That page was out of date. The newest code was sent to %(email)s: enter that one.")
    return words % {"email": readable(email)}


def _new_code_for_address(request: HttpRequest) -> HttpResponse:
    """Send a new code, and let the sign-up or sign-in that waits for it go on.

    The session is changed after the letter is under way: who has had too many letters gets no
    further tries at the code that they have.
    """
    kept = deepcopy(cast(dict[str, Any], _last(request, ADDRESS))["kept"])
    state = kept[EMAIL_CODE_KEY]
    state |= {"at": time.time(), "failed_attempts": 0}
    if "user_id" not in state:
        look_for_nobody(ADDRESS.lookups)
    process = process_of(request, state)
    process.generate_code()
    process.send()  # raises ImmediateHttpResponse, a 429, where it is too often
    if PENDING_LOGIN_KEY in kept:
        kept[PENDING_LOGIN_KEY]["initiated_at"] = time.time()
    for key, value in kept.items():
        request.session[key] = value
    return to_page(request, ADDRESS)
