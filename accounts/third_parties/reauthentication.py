"""Reauthenticate by way of a third party, where its word proves that it asked.

It is one only where the third party shows that it asked: by `auth_time` in an ID token (OpenID
Connect Core section 2), at or after the moment when it was told to. All others remember whoever sat
at that browser before, and are not offered where a fresh proof is wanted.
"""

from typing import Any, cast

from allauth.account.authentication import get_authentication_records
from allauth.account.views import BaseReauthenticateView
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django import forms
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.entrance.reauthentication import BY_THIRD_PARTY, on_the_way_to, onward, ways_here
from accounts.models import User
from accounts.sessions.authentication import ASKED, AUTH_TIME
from accounts.third_parties.errors import AnotherAccount, AskingNotShown, NotAskedAnew
from accounts.third_parties.openid_connect.provider import StrictOpenIDConnectProvider
from accounts.upstream.account import record_authentication

PERSON = "reauthenticates"  # in the state of a way to a third party: whose `sub` it is for


def by_connections(user: User) -> list[dict[str, Any]]:
    """Return a way for each of the person's connections that can be a proof, in allauth's terms."""
    return [
        {
            "id": f"{BY_THIRD_PARTY}{connection.pk}",
            "description": _("Use %(provider)s") % {"provider": provider.name},
            "url": reverse("reauthenticate_by_third_party", args=[connection.pk]),
        }
        for connection, provider in _connections(user)
    ]


def _connections(user: User) -> list[tuple[SocialAccount, Any]]:
    """Return the person's connections whose third party is still set up and may show that it asked,
    with that."""
    found = []
    for connection in SocialAccount.objects.filter(user=user).order_by("pk"):
        try:
            provider = connection.get_provider()
        except SocialApp.DoesNotExist:
            continue
        if isinstance(provider, StrictOpenIDConnectProvider):
            found.append((connection, provider))
    return found


def ask_here(request: HttpRequest, going_to: str) -> HttpResponse | None:
    """Send somebody whose third party did not show that it asked to prove it to this site, and then
    on to `going_to`. None where they have no way to."""
    ways = ways_here(request)
    if not ways:
        return None
    messages.info(request, _("The site that you signed in with did not ask you. Confirm it here."))
    return HttpResponseRedirect(on_the_way_to(going_to, ways[0]["url"]))


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

    Raises AnotherAccount where it is not a connection of the very person who went, NotAskedAnew
    where it does not show that it asked them.
    """
    sub = (login.state.get("data") or {}).get(PERSON)
    if not sub:
        return
    user = request.user
    if not user.is_authenticated or user.sub != sub or login.user != user or not login.account.pk:
        raise AnotherAccount("reauthentication")
    if login.state.get(ASKED) is not True:
        raise (NotAskedAnew if login.state.get(AUTH_TIME) else AskingNotShown)("auth_time")
    record_authentication(
        request,
        user,
        method="socialaccount",
        at=login.state[AUTH_TIME],
        provider=login.account.provider,
        uid=login.account.uid,
        reauthenticated=True,
        **_asking(login),
    )


def note_asking(request: HttpRequest, user: User, login: SocialLogin) -> None:
    """Complete allauth's record of a sign-in by way of a third party: by when that asked, where it
    has said so. A record without it shows nothing."""
    used = (login.account.provider, login.account.uid)
    for record in reversed(get_authentication_records(request, user)):
        if (record.get("provider"), record.get("uid")) == used:
            record.update(_asking(login))
            request.session.modified = True
            return


def _asking(login: SocialLogin) -> dict[str, Any]:
    return {name: login.state[name] for name in (AUTH_TIME, ASKED) if name in login.state}


by_third_party = login_required(ThirdPartyView.as_view())
