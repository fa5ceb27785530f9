"""Connect a third party to the account of somebody who is signed in."""

from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ReauthenticationRequired
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.signals import social_account_updated
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.entrance.proofs import AccountChanged
from accounts.models import User
from accounts.third_parties import linking
from accounts.upstream.account import raise_if_reauthentication_required, suspend_function

_RESUME = "accounts.third_parties.connecting.resume"
_SAID = "socialaccount/messages/account_connected{}.txt"


def connect(request: HttpRequest, login: SocialLogin) -> HttpResponse:
    """Store the connection under the person's lock, once they have confirmed that it is them.

    allauth 65 would save the person as they were before the third party was asked, seconds ago: a
    password that was changed meanwhile would be back, and so would an account that was closed.
    """
    page = reverse("socialaccount_connections")
    if not request.user.is_authenticated:
        return redirect_to_login(page)
    try:
        raise_if_reauthentication_required(request, app="allauth.socialaccount")
    except ReauthenticationRequired:
        return suspend_function(request, login.serialize(), _RESUME)
    _store_and_say(request, login)
    return HttpResponseRedirect(login.get_redirect_url(request) or page)


def resume(request: HttpRequest, stashed: dict[str, Any]) -> HttpResponse:
    """Go on after the person has confirmed it: allauth calls this by its name."""
    return connect(request, SocialLogin.deserialize(stashed))


def _store_and_say(request: HttpRequest, login: SocialLogin) -> None:
    told = login.account
    is_known = SocialAccount.objects.filter(provider=told.provider, uid=told.uid).exists()
    level, said = messages.INFO, "_updated" if is_known else ""
    try:
        with transaction.atomic():
            person = User.objects.lock(cast(User, request.user).pk)
            if person is None:  # closed or switched off just now
                return
            linking.keep(request, login, person, is_new=True)
            if is_known:
                social_account_updated.send(SocialLogin, request=request, sociallogin=login)
    except (AccountChanged, IntegrityError):
        level, said = messages.ERROR, "_other"
    get_adapter().add_message(request, level, _SAID.format(said), {"sociallogin": login})
