"""Sign people in and up with a passkey, and take the second step: allauth's views, made ours."""

from typing import Any, cast

from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import views as webauthn
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.entrance import signed_in_already
from accounts.limits import sign_in_limits
from accounts.models import User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.second_factors import challenges, passkeys, recorders, stages
from accounts.second_factors.policy import kinds_of
from accounts.security_events.details import Reason, Refusal
from accounts.security_events.record import record
from accounts.upstream.account import PENDING_LOGIN_KEY, perform_login
from accounts.upstream.mfa import (
    make_first_recovery_codes,
    passkeys_of,
    record_authenticator_used,
)
from accounts.way_back.address import way_back, with_next


class SignInWithPasskeyView(webauthn.LoginWebAuthnView):
    """Sign in with a passkey. allauth's own forgets where the person was going."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().get(request, *args, **kwargs)
        challenges.keep(request, challenges.SIGN_IN)
        return cast(HttpResponse, response)

    def form_valid(self, form: Any) -> HttpResponse:
        authenticator = form.cleaned_data["credential"]
        onward = get_next_redirect_url(self.request)
        login = Login(user=authenticator.user, redirect_url=onward)
        record_authenticator_used(self.request, authenticator, passwordless=True)
        return cast(HttpResponse, perform_login(self.request, login))

    def form_invalid(self, form: Any) -> HttpResponse:
        record(
            Event.SIGN_IN,
            actor=Actor.UNKNOWN,
            request=self.request,
            outcome=Outcome.FAILED,
            details=Refusal(Reason.PASSKEY),
        )
        messages.error(self.request, _why(form))
        onward = get_next_redirect_url(self.request)
        return HttpResponseRedirect(_leading_on("account_login", onward))


class SecondStepView(base.AuthenticateView):
    """Take the second step, also of who is signed in and has to prove it anew: allauth sends them
    away."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        was_pending, onward = PENDING_LOGIN_KEY in request.session, way_back(request)
        stage = stages.waiting(request)
        if was_pending and PENDING_LOGIN_KEY not in request.session:  # allauth has dropped it
            messages.error(request, _("For your security, your sign-in timed out. Sign in again."))
            return HttpResponseRedirect(_leading_on("account_login", onward))
        if stage is None and request.user.is_authenticated:
            return signed_in_already.lead_on(request)
        if stage is None:
            return super().dispatch(request, *args, **kwargs)
        if stage.is_stale():
            messages.error(request, _("Your account has changed in the meantime. Sign in again."))
            return cast(HttpResponseBase, stage.abort())
        if request.method == "POST":
            sign_in_limits.enter(request, stage.login.user.email)
        self.signed_in = request.user
        request.user = AnonymousUser()
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        self.request.user = self.signed_in
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.stage.login.user
        shown = super().get_context_data(**kwargs) | {"kinds": kinds_of(user)}
        challenges.keep(self.request, challenges.SECOND_STEP, user)
        return shown

    def form_invalid(self, form: Any) -> HttpResponse:
        if form is self.webauthn_form:
            self._refuse_passkey(form)
        return cast(HttpResponse, super().form_invalid(form))

    def _refuse_passkey(self, form: Any) -> None:
        """Say so to the person, and to the owner: allauth tells of wrong codes alone."""
        messages.error(self.request, _why(form))
        if not form.has_error("credential", "too_late"):
            recorders.failed(self.request, self.stage.login.user)


class ConfirmWithPasskeyView(webauthn.ReauthenticateWebAuthnView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = super().get_context_data(**kwargs)
        challenges.keep(self.request, challenges.CONFIRM, self.request.user)
        return cast(dict[str, Any], shown)

    def form_invalid(self, form: Any) -> HttpResponse:
        """Ask once more, where allauth leads to the sign-in page."""
        messages.error(self.request, _why(form))
        again = self.passthrough_next_url(self.request.path)
        return HttpResponseRedirect(again)


class SignUpWithPasskeyView(webauthn.SignupWebAuthnView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = super().get_context_data(**kwargs)
        challenges.keep(self.request, challenges.MAKE, self._login_stage.login.user)
        return cast(dict[str, Any], shown)

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign the newcomer in, as one who has just shown the passkey, and show recovery codes."""
        user: User = self._login_stage.login.user
        with transaction.atomic():
            if not User.objects.lock(user.pk) or passkeys_of(user):  # of two at once, the second
                form.add_error(None, challenges.TOO_LATE)
                return cast(HttpResponse, self.form_invalid(form))
            response = cast(HttpResponse, super().form_valid(form))
        if self.request.user != user:
            return response
        made = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).last()
        record_authenticator_used(self.request, made, passwordless=True)
        make_first_recovery_codes(self.request)
        return HttpResponseRedirect(
            _leading_on("mfa_view_recovery_codes", response.get("Location"))
        )


def _why(form: Any) -> Any:
    """Return why a passkey was refused, in words of passkeys: allauth's are of codes."""
    is_late = form.has_error("credential", "too_late")
    return challenges.TOO_LATE if is_late else passkeys.NOT_ACCEPTED


def _leading_on(name: str, onward: str | None) -> str:
    address = reverse(name)
    return with_next(address, onward) if onward else address


sign_in_with_passkey = SignInWithPasskeyView.as_view()
confirm_with_passkey = login_required(ConfirmWithPasskeyView.as_view())
second_step = SecondStepView.as_view()
sign_up_with_passkey = SignUpWithPasskeyView.as_view()
