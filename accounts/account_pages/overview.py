"""Show the overview, where a signed-in person arrives."""

from typing import cast

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.account_pages import attention
from accounts.models import SecurityEvent, Session, User
from accounts.oauth_server.models import Authorization
from accounts.second_factors import policy
from accounts.security_events.activity import entry
from accounts.site.provider_names import provider_names

_LATELY = 5  # of each kind


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    return redirect("account_home" if request.user.is_authenticated else "account_login")


@require_safe
@never_cache
@login_required
def account_home(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    authorizations = Authorization.objects.filter(user=user).select_related("client")
    names = provider_names()
    lately = SecurityEvent.objects.filter(user=user).select_related("client")[:_LATELY]
    context = {
        "notices": attention.notices(user),
        "has_second_factor": policy.factors_of(user).exists(),
        "connections": SocialAccount.objects.filter(user=user).order_by("date_joined", "pk"),
        "authorizations": authorizations.order_by("-last_used", "pk")[:_LATELY],
        "apps": authorizations.count(),
        "devices": Session.objects.of(user).count(),
        "entries": [entry(event, names) for event in lately],
    }
    return render(request, "accounts/home.html", context)
