"""Take a mailed code: for sign-in, for a new password, for an e-mail address.

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
from allauth.account import views as allauth
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import Login
from allauth.account.stages import EmailVerificationStage, LoginByCodeStage
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.entrance import code_tries, proofs
from accounts.entrance.enumeration import look_for_nobody
from accounts.entrance.waiting_sign_up import WaitingSignUp, offer_other_address, process_of
from accounts.limits import sign_in_limits
from accounts.models import User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.security_events.details import Reason, Refusal
from accounts.security_events.record import record
from accounts.text.email_addresses import readable
from accounts.upstream.account import (
    AUTHENTICATED_USER_KEY,
    EMAIL_CODE_KEY,
    PENDING_LOGIN_KEY,
    RESET_CODE_KEY,
    perform_login,
    record_authentication,
)
from accounts.way_back.address import View, handed_on, way_back

TOO_OLD, MISTYPED, INTERRUPTED = "too old", "mistyped", "interrupted"

_SENT_TO = "sent_to"  # in a form: the address on the page that it is of
_BEGAN_WITH = "began_with"  # in the state of a reset: what the account was when the code was typed
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
                _remember(request, kind, pending, TOO_OLD)
                view(request, *args, **kwargs)  # which forgets it
                return _to_page(request, kind)
            if pending and request.POST.get(_SENT_TO, pending["email"]) != pending["email"]:
                messages.info(request, _meanwhile(pending["email"]))
                return _to_page(request, kind)
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
        _remember(request, kind, pending, INTERRUPTED)
    elif (_last(request, kind) or {}).get("why") == INTERRUPTED:
        request.session[_LAST_CODES].pop(kind.page)
        request.session.modified = True


def _remember(request: HttpRequest, kind: Kind, pending: dict[str, Any], why: str) -> None:
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


def _to_page(request: HttpRequest, kind: Kind) -> HttpResponse:
    return HttpResponseRedirect(handed_on(request, reverse(kind.page)))


def _ended(request: HttpRequest, kind: Kind) -> HttpResponse:
    """Show that there is no code to be typed any more, why, and how to come by a new one."""
    last = cast(dict[str, Any], _last(request, kind))
    going_to = way_back(request)
    context = {
        **_new_code(kind),
        "email": last["email"],
        "why": _why(last["why"], kind),
        "redirect_field_name": REDIRECT_FIELD_NAME,
        "redirect_field_value": going_to,
        "other_address": handed_on(request, reverse(_other_address(request, kind))),
    }
    return render(request, "account/code_ended.html", context)


def _new_code(kind: Kind) -> dict[str, Any]:
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
    return _to_page(request, ADDRESS)


class _TriesLeft:
    """Say on allauth's three pages, where a code is wrong, how many tries remain."""

    kind: Kind
    request: HttpRequest
    _process: Any
    _tries = 0  # at this code, with this one

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("code", "").strip():
            self._tries = code_tries.count(self._process.state, self.kind.lasts())
        if self._tries > self._process.max_attempts:
            return self._used_up(self._process.abort)
        return cast(HttpResponse, super().post(request, *args, **kwargs))  # type: ignore[misc]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**_new_code(self.kind), **kwargs)  # type: ignore[misc]

    def form_invalid(self, form: Any) -> HttpResponse:
        if not form.data.get("code", "").strip():
            return cast(Any, self).render_to_response(self.get_context_data(form=form))
        if "user_id" not in self._process.state:
            _record_of_nobody(self.request, self.kind)
        left = self._process.max_attempts - self._tries
        if left > 0:
            say_tries(form, left)
            return super().form_invalid(form)  # type: ignore[misc]
        self._process.state["failed_attempts"] = self._tries - 1  # as the session may lag behind
        return self._used_up(self._process.record_invalid_attempt)

    def _used_up(self, end: Callable[[], Any]) -> HttpResponse:
        _remember(self.request, self.kind, self._process.state, MISTYPED)
        end()
        return _to_page(self.request, self.kind)


def _record_of_nobody(request: HttpRequest, kind: Kind) -> None:
    """Record a wrong code for an address that nobody has: allauth tells of known people's alone,
    so that the time would tell who is one."""
    if kind is RESET:
        look_for_nobody(1)  # the others have done so to show the page
    record(
        kind.event,
        actor=Actor.UNKNOWN,
        request=request,
        outcome=Outcome.FAILED,
        details=Refusal(Reason.CODE),
    )


def say_tries(form: Any, left: int) -> None:
    """Say behind what is wrong with the code in `form` how many tries remain, one or more."""
    words = ngettext("You have %(left)d attempt left.", "You have %(left)d attempts left.", left)
    wrong = form.errors.pop("code", [])
    form.add_error("code", " ".join([*wrong, words % {"left": left}]))


class _ConfirmSignIn(_TriesLeft, allauth.ConfirmLoginCodeView):
    kind = SIGN_IN

    def _verify_form_valid(self, form: Any) -> HttpResponse:
        """Go on with the sign-in. allauth would mark the address as verified before its end."""
        user, email = self._process.user, self._process.state["email"]
        record_authentication(self.request, user, method="code", email=email)
        login = Login(user=user, redirect_url=self.get_next_url(), email=email)
        proofs.prove(login, email)
        return cast(HttpResponse, perform_login(self.request, login))


class _ConfirmReset(_TriesLeft, allauth.ConfirmPasswordResetCodeView):
    kind = RESET

    def form_valid(self, form: Any) -> HttpResponse:
        """Let a password be chosen. allauth would mark the address as verified here already."""
        process = self._process
        digest = proofs.digest_of(process.user)
        process.state |= {"code_confirmed": True, "at": time.time(), _BEGAN_WITH: digest}
        process.persist()
        address = reverse("account_complete_password_reset")
        return HttpResponseRedirect(self.passthrough_next_url(address))


class _CompleteReset(allauth.CompletePasswordResetView):
    def form_valid(self, form: Any) -> HttpResponse:
        """Keep the new password until all steps of the sign-in are done that follows: a mailbox
        alone must not change an account that asks for a second step."""
        user, state = self._process.user, self._process.state
        email, new = state["email"], User.hash_of(form.cleaned_data["password1"])
        self._process.abort()
        record_authentication(self.request, user, method="password_reset", email=email)
        login = Login(user=user, redirect_url=self.get_next_url(), email=email)
        proofs.begin_with(login, state[_BEGAN_WITH])
        proofs.prove(login, email)
        login.state[proofs.NEW_PASSWORD] = new
        response = cast(HttpResponse, perform_login(self.request, login))
        if not self.request.user.is_authenticated and PENDING_LOGIN_KEY in self.request.session:
            messages.info(
                self.request, _("Your new password will be saved when you have signed in.")
            )
        return response


class _ConfirmAddress(_TriesLeft, allauth.ConfirmEmailVerificationCodeView):
    kind = ADDRESS

    def get_form(self, form_class: Any = None) -> Any:
        self._process = process_of(self.request, self._process.state)
        return super().get_form(form_class)

    def _verify_form_valid(self, form: Any) -> HttpResponse:
        """Go on with the sign-up or sign-in that waits for the code, if one does."""
        process = self._process
        if isinstance(process, WaitingSignUp):
            return process.sign_up()
        if self.stage is None:
            return cast(HttpResponse, super()._verify_form_valid(form))
        login = self.stage.login
        if process.user != login.user:
            return cast(HttpResponse, self.stage.abort())
        self.request.session.pop(EMAIL_CODE_KEY, None)
        record_authentication(self.request, login.user, method="code", email=process.email)
        proofs.prove(login, process.email)
        return cast(HttpResponse, self.stage.exit())


confirm_sign_in = code_page(SIGN_IN)(_ConfirmSignIn.as_view())
confirm_reset = code_page(RESET)(_ConfirmReset.as_view())
complete_reset = code_page(RESET)(_CompleteReset.as_view())
confirm_address = code_page(ADDRESS)(_ConfirmAddress.as_view())
