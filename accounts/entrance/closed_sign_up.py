"""Say to whoever may not sign up why, whom to ask, and which ways there are."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.entrance import sign_up_rule
from accounts.entrance.sign_up_rule import Mode, Rule
from accounts.way_back.address import handed_on


@never_cache
def closed_page(request: HttpRequest, rule: Rule) -> HttpResponse:
    """Return the page: the same for everybody, whoever has an account."""
    context = {
        "why": why(rule),
        "providers": [] if rule.provider else sign_up_rule.providers(request),
        "login_url": handed_on(request, reverse("account_login")),
    }
    return render(request, "account/signup_closed.html", context, status=403)


def why(rule: Rule) -> str:
    if rule.mode is Mode.DOMAINS:
        words = _("To create an account, you need an e-mail address at %(domains)s.")
        return words % {"domains": rule.domains_in_letters}
    if rule.mode is Mode.INVITED:
        return _("To create an account, you need an invitation.")
    if rule.provider:
        words = _("New accounts cannot be created with %(provider)s.")
        return words % {"provider": rule.provider}
    return _("New accounts cannot be created here.")
