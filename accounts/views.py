"""The pages of a person's account: what is connected to it, which apps they let in, and what
happened on it."""

from typing import cast

from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.oauth_server import revocation
from accounts.oauth_server.models import Authorization
from accounts.oauth_server.receipts import in_words
from accounts.oauth_server.scopes import SCOPES, to_set
from accounts.security_events.activity import entry, page_of
from accounts.security_events.kinds import GROUPS, Event
from accounts.security_events.record import record
from accounts.third_parties.api import provider_names


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


@require_safe
@never_cache
@login_required
def activity(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("group", "")
    group = asked if asked in GROUPS else ""
    user = cast(User, request.user)
    page = page_of(user, group=group, number=request.GET.get("page", ""))
    names = provider_names()
    entries = [entry(event, names) for event in page]
    context = {"page": page, "entries": entries, "group": group}
    return render(request, "accounts/activity.html", context)


@require_POST
def remove_app(request: HttpRequest, pk: int) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("account_home"))  # this address cannot be come back to
    authorization = get_object_or_404(Authorization, pk=pk, user=request.user)
    client = authorization.client
    with transaction.atomic():
        ended = in_words(revocation.end_authorizations(Authorization.objects.filter(pk=pk)))
        record(Event.APP_REMOVED, user=authorization.user, client=client, why=ended)
    messages.success(request, f"{client.name} is removed. {ended}")
    return redirect("account_home")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every session, this one too, and what apps hold; they may come back with a new yes."""
    if request.method != "POST":
        return render(request, "accounts/sign_out_everywhere.html")
    receipt = revocation.end_person(cast(User, request.user), keep_consent=True)
    logout(request)
    messages.success(request, f"You are signed out everywhere. {in_words(receipt)}")
    return redirect("account_login")


def _in_words(scope: str) -> list[str]:
    allowed = to_set(scope)
    return [sentence for name, sentence in SCOPES.items() if name in allowed]
