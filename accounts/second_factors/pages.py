"""Signing in and up with a passkey, and the second step of a sign-in: allauth's, made ours."""

from typing import Any, cast

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.core.internal.httpkit import add_query_params
from allauth.mfa.base import views as base
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.flows import auto_generate_recovery_codes
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import flows
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.entrance import signed_in_already
from accounts.models import User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.second_factors import passkeys, stages
from accounts.second_factors.policy import kinds_of
from accounts.security_events.details import Reason, Refusal
from accounts.security_events.record import record
from accounts.way_back.address import way_back


class SignInWithPasskeyView(webauthn.LoginWebAuthnView):
    """allauth's own forgets where the person was going."""

    def form_valid(self, form: Any) -> HttpResponse:
        authenticator = form.cleaned_data["credential"]
        onward = get_next_redirect_url(self.request)
        login = Login(user=authenticator.user, redirect_url=onward)
        response = flows.perform_passwordless_login(self.request, authenticator, login)
        return cast(HttpResponse, response)

    def form_invalid(self, form: Any) -> HttpResponse:
        record(
            Event.SIGN_IN,
            actor=Actor.UNKNOWN,
            request=self.request,
            outcome=Outcome.FAILED,
            details=Refusal(Reason.PASSKEY),
        )
        messages.error(self.request, passkeys.NOT_ACCEPTED)
        onward = get_next_redirect_url(self.request)
        return HttpResponseRedirect(_leading_on("account_login", onward))


class SecondStepView(base.AuthenticateView):
    """Also for a person who is signed in and has to prove it anew: allauth sends them away."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        was_pending, onward = LOGIN_SESSION_KEY in request.session, way_back(request)
        stage = stages.waiting(request)
        if was_pending and LOGIN_SESSION_KEY not in request.session:  # allauth has dropped it
            messages.error(request, _("For your security, your sign-in timed out. Sign in again."))
            return HttpResponseRedirect(_leading_on("account_login", onward))
        if stage is None and request.user.is_authenticated:
            return signed_in_already.lead_on(request)
        if stage is None:
            return super().dispatch(request, *args, **kwargs)
        if stage.is_stale():
            messages.error(request, _("Your account has changed in the meantime. Sign in again."))
            return cast(HttpResponseBase, stage.abort())
        self.signed_in = request.user
        request.user = AnonymousUser()
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        self.request.user = self.signed_in
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kinds = kinds_of(self.stage.login.user)
        return super().get_context_data(**kwargs) | {"kinds": kinds}


class SignUpWithPasskeyView(webauthn.SignupWebAuthnView):
    def form_valid(self, form: Any) -> HttpResponse:
        """Sign the newcomer in, as one who has just shown the passkey, and show recovery codes."""
        user: User = self._login_stage.login.user
        response = super().form_valid(form)
        if self.request.user != user:
            return response
        made = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).last()
        post_authentication(self.request, made, passwordless=True)
        auto_generate_recovery_codes(self.request)
        return HttpResponseRedirect(
            _leading_on("mfa_view_recovery_codes", response.get("Location"))
        )


def _leading_on(name: str, onward: str | None) -> str:
    address = reverse(name)
    return str(add_query_params(address, {"next": onward})) if onward else address


sign_in_with_passkey = SignInWithPasskeyView.as_view()
second_step = SecondStepView.as_view()
sign_up_with_passkey = SignUpWithPasskeyView.as_view()
