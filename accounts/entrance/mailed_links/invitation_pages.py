"""Serve the page that the link of an invitation leads to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.entrance import sign_up_rule
from accounts.entrance.mailed_links import invitations
from accounts.entrance.sign_up_rule import Mode
from accounts.models import Invitation, User
from accounts.way_back.address import with_next


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Show whom the invitation is for, and the ways to accept it. The token does not stay in the
    address: pages that are led to would be told of it."""
    token = request.GET.get("token")
    if token is not None:
        works = invitations.opened.open(request, token)
        return redirect("invitation") if works else _ended(request)
    found = invitations.of(request)
    if found is None:
        return _ended(request)
    if request.method == "POST":
        return _answer(request, found)
    owner = User.objects.owning(found.email)
    context = {
        "invitation": found,
        "has_account": owner is not None,
        "is_theirs": owner is not None and owner == request.user,
        "may_sign_up": sign_up_rule.of_site().mode is not Mode.CLOSED,
        "sign_in_url": with_next(reverse("account_login"), reverse("invitation")),
    }
    return render(request, "account/invitation.html", context)


def _answer(request: HttpRequest, found: Invitation) -> HttpResponse:
    """Accept it for whoever is signed in and has the address, or forget it in this browser."""
    if request.POST.get("action") == "accept" and User.objects.owning(found.email) == request.user:
        invitations.accept(request, request.user)
        invitations.opened.forget(request)
        return redirect("account_home")
    invitations.opened.forget(request)
    return redirect("account_login")


def _ended(request: HttpRequest) -> HttpResponse:
    return render(request, "account/invitation_ended.html", status=404)
