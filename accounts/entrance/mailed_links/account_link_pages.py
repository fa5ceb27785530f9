"""Serve the page that the link of an admin leads to (account_links.py)."""

from allauth.account.models import Login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.entrance import proofs
from accounts.entrance.mailed_links import account_links
from accounts.models.account_link import AccountLink
from accounts.upstream.account import perform_login, record_authentication


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account_link(request: HttpRequest) -> HttpResponse:
    """Show whose account the link opens, and open it where that is asked for. The token does not
    stay in the address: pages that are led to would be told of it."""
    token = request.GET.get("token")
    if token is not None:
        works = account_links.opened.open(request, token)
        return redirect("account_link") if works else _ended(request)
    found = account_links.of(request)
    if found is None:
        return _ended(request)
    if request.method == "POST":
        return _answer(request, found)
    context = {
        "link": found,
        "is_first": account_links.is_first(found.user),
        "is_somebody_else": request.user.is_authenticated and request.user != found.user,
    }
    return render(request, "account/account_link.html", context)


def _answer(request: HttpRequest, found: AccountLink) -> HttpResponse:
    if request.POST.get("action") != "open":
        account_links.opened.forget(request)
        return redirect("account_login")
    if request.user.is_authenticated and request.user != found.user:
        return redirect("account_link")  # which says so
    used = account_links.use(request)
    return _sign_in(request, used) if used else _ended(request)


def _sign_in(request: HttpRequest, used: AccountLink) -> HttpResponse:
    """Sign in as by a mailed code: the steps that follow are the same."""
    if request.user == used.user:
        return redirect("account_methods")
    record_authentication(request, used.user, method="code", email=used.email)
    login = Login(user=used.user, redirect_url=reverse("account_methods"), email=used.email)
    proofs.prove(login, used.email)
    response: HttpResponse = perform_login(request, login)
    return response


def _ended(request: HttpRequest) -> HttpResponse:
    return render(request, "account/account_link_ended.html", status=404)
