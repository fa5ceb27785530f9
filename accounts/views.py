"""The pages of a person's account: what is connected to it, and which apps they let in."""

from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.oauth_server.models import Authorization
from accounts.oauth_server.scopes import SCOPES, to_set


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    return redirect("account_home" if request.user.is_authenticated else "account_login")


@require_safe
@never_cache
@login_required
def account_home(request: HttpRequest) -> HttpResponse:
    connections = SocialAccount.objects.filter(user=request.user).order_by("date_joined", "pk")
    authorizations = Authorization.objects.filter(user=request.user).select_related("client")
    context = {
        "connections": connections,
        "apps": [
            {"authorization": authorization, "sentences": _in_words(authorization.scope)}
            for authorization in authorizations.order_by("client__name", "pk")
        ],
    }
    return render(request, "accounts/home.html", context)


@require_POST
def remove_app(request: HttpRequest, pk: int) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("account_home"))  # this address cannot be come back to
    authorization = get_object_or_404(Authorization, pk=pk, user=request.user)
    receipt = authorization.end()
    ended = receipt.access_tokens + receipt.refresh_tokens
    messages.success(request, _what_ended(authorization.client.name, ended))
    return redirect("account_home")


def _in_words(scope: str) -> list[str]:
    allowed = to_set(scope)
    return [sentence for name, sentence in SCOPES.items() if name in allowed]


def _what_ended(client_name: str, tokens: int) -> str:
    if not tokens:
        return f"{client_name} is removed. It held no access any more."
    keys = "The key" if tokens == 1 else f"The {tokens} keys"
    return f"{client_name} is removed. {keys} it held to your account stopped working at once."
