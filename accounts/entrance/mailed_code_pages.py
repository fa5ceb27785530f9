"""Take a mailed code: for sign-in, for a new password, for an e-mail address."""

import time
from collections.abc import Callable
from typing import Any, cast

from allauth.account import views as allauth
from allauth.account.models import Login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.entrance import code_tries, proofs
from accounts.entrance.enumeration import look_for_nobody
from accounts.entrance.mailed_codes import (
    ADDRESS,
    MISTYPED,
    RESET,
    SIGN_IN,
    Kind,
    code_page,
    new_code,
    remember,
    to_page,
)
from accounts.entrance.waiting_sign_up import WaitingSignUp, process_of
from accounts.models import User
from accounts.models.event_kinds import Actor, Outcome
from accounts.security_events.details import Reason, Refusal
from accounts.security_events.record import record
from accounts.upstream.account import (
    EMAIL_CODE_KEY,
    PENDING_LOGIN_KEY,
    perform_login,
    record_authentication,
)

_BEGAN_WITH = "began_with"  # in the state of a reset: what the account was when the code was typed


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
        return super().get_context_data(**new_code(self.kind), **kwargs)  # type: ignore[misc]

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
        remember(self.request, self.kind, self._process.state, MISTYPED)
        end()
        return to_page(self.request, self.kind)


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
