"""Serve the entrance: sign-in and sign-up, for who is not signed in or has to prove it again.

allauth sends whoever is signed in away from these pages (ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS is
off for that reason): a client app that demands a fresh sign-in could then never be answered.
"""

from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import (
    LoginView,
    PasswordResetFromKeyDoneView,
    PasswordResetView,
    RequestLoginCodeView,
    SignupView,
)
from allauth.socialaccount.views import LoginCancelledView
from allauth.socialaccount.views import SignupView as ThirdPartySignUpView
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.entrance import (
    last_method,
    mailed_code_pages,
    mailed_codes,
    sign_up_rule,
    signed_in_already,
)
from accounts.entrance.mailed_links import invitations
from accounts.sessions.authentication import must_sign_in_again
from accounts.way_back.address import View, keep, way_back
from accounts.way_back.app_request import is_continued, login_hint

# Where a page for a code leads to when there is no code to be typed.
_BEGINNINGS = (*signed_in_already.FOR_NOBODY, "account_reset_password", "account_email")


class SignInView(LoginView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _sent_away(request) or super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        return {"login": _expected(self.request), **super().get_initial()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(last_used=last_method.read(self.request), **kwargs)

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        # The browser offers passkeys in this field: static/js/passkeys.js.
        form.fields["login"].widget.attrs["autocomplete"] = "username webauthn"
        return form


class SignUpView(SignupView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _sent_away(request) or super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        return {"email": _expected(self.request), **super().get_initial()}

    @property
    def invited(self) -> bool:
        return invitations.invited_to(self.request, sign_up_rule.of_site())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = {
            "last_used": last_method.read(self.request),
            "providers": sign_up_rule.providers(self.request, invited=self.invited),
        }
        return super().get_context_data(**shown, **kwargs)


class RequestCodeView(RequestLoginCodeView):
    """Mail a code. The sign-in page's own form leads here too, with what was typed into it."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _sent_away(request) or super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_form_kwargs()
        if "data" in kwargs and "email" not in kwargs["data"]:
            kwargs["data"] = {"email": kwargs["data"].get("login", "")}
        return kwargs

    def get_initial(self) -> dict[str, Any]:
        return {"email": _expected(self.request), **super().get_initial()}

    def form_valid(self, form: Any) -> HttpResponse:
        if self.request.user.is_authenticated:
            # Who has to prove it again: allauth asks for codes only where nobody is signed in.
            get_adapter().logout(self.request)
        return super().form_valid(form)


def _sent_away(request: HttpRequest) -> HttpResponseBase | None:
    """Take whoever is signed in on to where they are going, unless they have to sign in anew."""
    if not request.user.is_authenticated or is_continued(get_next_redirect_url(request) or ""):
        return None
    return None if must_sign_in_again(request) else signed_in_already.lead_on(request)


def _expected(request: HttpRequest) -> str:
    """Return the address of whom the client app expects, "" where it does not say."""
    return login_hint(get_next_redirect_url(request) or "")


def _explained(view: View) -> View:
    """Say why, where there is no code to be typed here any more and all begins anew.

    allauth sends people back without a word: it was too old, used up, in another tab or browser.
    """

    @wraps(view)
    def explained(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        before = request.user.pk
        response = view(request, *args, **kwargs)
        if before is not None and request.user.pk == before:
            return _led_on(request, response)
        if before is None and _leads_to(_BEGINNINGS, response) and not _is_something_said(request):
            messages.warning(request, _no_code_here())
        return response

    return explained


def _led_on(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Lead somebody on who was signed in, by another tab perhaps, before they came to the page."""
    if _is_something_said(request) or not _leads_to(_BEGINNINGS, response):
        return response
    if way_back(request) or _leads_to(signed_in_already.FOR_NOBODY, response):
        return signed_in_already.lead_on(request, mailed_codes.last_address(request))
    messages.warning(request, _no_code_here())
    return response


def _sign_in_by_code(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    if request.user.is_authenticated:  # since the code was asked for
        return signed_in_already.lead_on(request, mailed_codes.last_address(request))
    return mailed_code_pages.confirm_sign_in(request, *args, **kwargs)


def _is_something_said(request: HttpRequest) -> bool:
    return bool(getattr(messages.get_messages(request), "added_new", False))


def _leads_to(names: tuple[str, ...], response: HttpResponseBase) -> bool:
    if not isinstance(response, HttpResponseRedirect):
        return False
    return urlsplit(response.url).path in {reverse(name) for name in names}


def _no_code_here() -> str:
    return _(
        "There is no code to enter here. It may have expired, been used already, or been "
        "requested in another browser. Start again."
    )


sign_in = SignInView.as_view()
sign_up = SignUpView.as_view()
request_code = RequestCodeView.as_view()
confirm_code = keep(_explained(_sign_in_by_code))
confirm_address = keep(_explained(mailed_code_pages.confirm_address))
reset_password = keep(PasswordResetView.as_view())
confirm_reset = keep(_explained(mailed_code_pages.confirm_reset))
complete_reset = keep(_explained(mailed_code_pages.complete_reset))
reset_done = keep(PasswordResetFromKeyDoneView.as_view())
third_party_sign_up = keep(_explained(ThirdPartySignUpView.as_view()))
third_party_cancelled = keep(LoginCancelledView.as_view())
