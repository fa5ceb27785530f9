"""Sign out everywhere, at once."""

from typing import cast

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.endings import people
from accounts.models import User
from accounts.models.event_kinds import Actor
from accounts.security_events.receipts import in_words


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every session, this one too, and what apps hold; they may come back with a new yes."""
    if request.method != "POST":
        return render(request, "accounts/sign_out_everywhere.html")
    person = cast(User, request.user)
    receipt = people.end_person(person, actor=Actor.PERSON, keep_consent=True, is_told=True)
    logout(request)
    told = _("You were signed out everywhere. %(ended)s") % {"ended": in_words(receipt)}
    messages.success(request, told)
    return redirect("account_login")
