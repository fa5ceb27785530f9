"""Activity: what happened on a person's account, and what to do if it was somebody else."""

from datetime import date
from typing import cast
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.oauth_server.models import Authorization
from accounts.security_events.activity import entry, page_of
from accounts.security_events.kinds import GROUPS
from accounts.security_events.mail import proven_addresses
from accounts.security_events.models import SecurityEvent
from accounts.security_events.not_me import worry
from accounts.third_parties.api import provider_names


@require_safe
@never_cache
@login_required
def activity(request: HttpRequest) -> HttpResponse:
    asked, until = request.GET.get("group", ""), _day(request.GET.get("until", ""))
    group = asked if asked in GROUPS else ""
    user = cast(User, request.user)
    page = page_of(user, group=group, number=request.GET.get("page", ""), until=until)
    names = provider_names()
    kept = {"group": group, "until": until.isoformat() if until else ""}
    query = urlencode({name: value for name, value in kept.items() if value})
    context = {
        "page": page,
        "entries": [entry(event, names) for event in page],
        "query": f"{query}&" if query else "",
        "is_mailed": bool(proven_addresses(user)),
        **kept,
    }
    return render(request, "accounts/activity.html", context)


@require_safe
@never_cache
@login_required
def not_me(request: HttpRequest, pk: int) -> HttpResponse:
    events = SecurityEvent.objects.select_related("client")
    event = get_object_or_404(events, pk=pk, user=request.user)
    of_app = Authorization.objects.filter(user=request.user, client=event.client_id)
    context = {
        "entry": entry(event, provider_names()),
        "worry": str(worry(event)),
        "authorization": of_app.select_related("client").first() if event.client_id else None,
    }
    return render(request, "accounts/not_me.html", context)


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:  # such as 2030-02-30
        return None
