"""Activity: what happened on a person's account."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.security_events.activity import entry, page_of
from accounts.security_events.kinds import GROUPS
from accounts.third_parties.api import provider_names


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
