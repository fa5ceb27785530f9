"""Proving once more who one is, by way of a third party that one is connected to."""

from typing import Any, cast

from allauth.account.views import BaseReauthenticateView
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django import forms
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.entrance.reauthentication import onward
from accounts.models import User
from accounts.third_parties.errors import AnotherAccount
from accounts.upstream.account import record_authentication

PERSON = "reauthenticates"  # in the state of a way to a third party: whose `sub` it is for


def by_connections(user: User) -> list[dict[str, Any]]:
    """Return a way for each of the person's connections, in allauth's terms."""
    return [
        {
            "id": f"third_party:{connection.pk}",
            "description": _("Use %(provider)s") % {"provider": provider.name},
            "url": reverse("reauthenticate_by_third_party", args=[connection.pk]),
        }
        for connection, provider in _connections(user)
    ]


def _connections(user: User) -> list[tuple[SocialAccount, Any]]:
    """Return the person's connections whose third party is still set up, with that."""
    found = []
    for connection in SocialAccount.objects.filter(user=user).order_by("pk"):
        try:
            found.append((connection, connection.get_provider()))
        except SocialApp.DoesNotExist:
            continue
    return found


class ThirdPartyView(BaseReauthenticateView):
    """Tell that the person will be sent to their third party, and send them."""

    form_class = forms.Form
    template_name = "account/reauthenticate_third_party.html"

    def get_provider(self) -> Any:
        wanted = self.kwargs["pk"]
        user = cast(User, self.request.user)
        for connection, provider in _connections(user):
            if connection.pk == wanted:
                return provider
        raise Http404

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(provider=self.get_provider(), **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        user = cast(User, self.request.user)
        done = (
            f"{reverse('reauthenticated')}?{urlencode({REDIRECT_FIELD_NAME: onward(self.request)})}"
        )
        state = {PERSON: user.sub}
        provider = self.get_provider()
        return cast(
            HttpResponse, provider.redirect(self.request, AuthProcess.REDIRECT, done, state)
        )


def proved_by_third_party(request: HttpRequest, login: SocialLogin) -> None:
    """Take the answer of a third party, where the person went there for this.

    Raises AnotherAccount where it is not a connection of the very person who went.
    """
    sub = (login.state.get("data") or {}).get(PERSON)
    if not sub:
        return
    user = request.user
    if not user.is_authenticated or user.sub != sub or login.user != user or not login.account.pk:
        raise AnotherAccount("reauthentication")
    record_authentication(
        request,
        user,
        method="socialaccount",
        provider=login.account.provider,
        uid=login.account.uid,
        reauthenticated=True,
    )


by_third_party = login_required(ThirdPartyView.as_view())
