"""The overview: where a signed-in person arrives."""

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.oauth_server.models import Authorization


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    return redirect("account_home" if request.user.is_authenticated else "account_login")


@require_safe
@never_cache
@login_required
def account_home(request: HttpRequest) -> HttpResponse:
    authorizations = Authorization.objects.filter(user=request.user).select_related("client")
    context = {
        "connections": SocialAccount.objects.filter(user=request.user).order_by("date_joined"),
        "authorizations": authorizations.order_by("client__name", "pk"),
    }
    return render(request, "accounts/home.html", context)
