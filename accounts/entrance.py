"""The entrance: sign-in and sign-up, for people who are not signed in or have to prove it again.

allauth sends whoever is signed in away from these pages (ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS is
off for that reason): a client app that demands a fresh sign-in could then never be answered.
"""

from typing import Any

from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LoginView, SignupView
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect

from accounts.oauth_server.interaction import is_continued, login_hint


class SignInView(LoginView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _sent_away(self) or super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        expected = login_hint(get_next_redirect_url(self.request) or "")
        return {"login": expected, **super().get_initial()}


class SignUpView(SignupView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _sent_away(self) or super().dispatch(request, *args, **kwargs)


def _sent_away(view: SignInView | SignUpView) -> HttpResponseBase | None:
    """Take whoever is signed in on to where they are going, unless they have to sign in anew."""
    request = view.request
    if not request.user.is_authenticated or is_continued(get_next_redirect_url(request) or ""):
        return None
    return HttpResponseRedirect(view.get_authenticated_redirect_url())


sign_in = SignInView.as_view()
sign_up = SignUpView.as_view()
