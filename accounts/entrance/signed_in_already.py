"""Answer the entrance where somebody is signed in: in an old tab, or one that is shared.

The person who is signed in is led on, and told so where nothing else on the page would. Somebody
else's form is not used: they see whose session it is, and choose.
"""

from typing import cast
from urllib.parse import urlencode

from allauth.account.models import EmailAddress
from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.text.cleaning import is_storable
from accounts.text.email_addresses import comparable, readable

# Of the entrance: pages on which nobody who is signed in has anything to do.
FOR_NOBODY = ("account_login", "account_signup", "account_request_login_code")

_ADDRESS_FIELDS = ("login", "email")  # of the forms of the entrance


def lead_on(request: HttpRequest, whose: str = "") -> HttpResponse:
    """Answer a signed-in person who has come to a page of the entrance, or sent its form. `whose`
    address the page was for, where the form does not say it."""
    onward = get_next_redirect_url(request) or ""
    if not _is_theirs(request, whose or _typed(request)):
        query = f"?{urlencode({REDIRECT_FIELD_NAME: onward})}" if onward else ""
        return HttpResponseRedirect(reverse("signed_in_already") + query)
    if not onward:
        say(request)
    return redirect(onward or "account_home")


def say(request: HttpRequest) -> None:
    """Say on the next page who is signed in."""
    email = readable(cast(User, request.user).email)
    messages.info(request, _("You are already signed in as %(email)s.") % {"email": email})


def _typed(request: HttpRequest) -> str:
    return next((request.POST[name] for name in _ADDRESS_FIELDS if request.POST.get(name)), "")


def _is_theirs(request: HttpRequest, typed: str) -> bool:
    """Return whether it is an address of the person who is signed in, or none."""
    email, user = comparable(typed), cast(User, request.user)
    if not email or email == comparable(user.email):
        return True
    return is_storable(email) and EmailAddress.objects.filter(user=user, email=email).exists()


@require_safe
@never_cache
def signed_in_already(request: HttpRequest) -> HttpResponse:
    onward = get_next_redirect_url(request) or reverse("account_home")
    if not request.user.is_authenticated:
        return redirect_to_login(onward)
    again = f"{reverse('account_login')}?{urlencode({REDIRECT_FIELD_NAME: onward})}"
    context = {"continue_url": onward, "after_sign_out": again}
    return render(request, "account/signed_in_already.html", context)
