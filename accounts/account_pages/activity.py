"""Show recent activity: what happened on a person's account, and what to do if it was somebody
else."""

from typing import Any, cast

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.account_pages.long_lists import SearchField, query_of
from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import GROUPS
from accounts.models.security_event import SecurityEventQuerySet
from accounts.oauth_server.models import Authorization
from accounts.security_events import search
from accounts.security_events.activity import entry, events_of
from accounts.security_events.mail import proven_addresses
from accounts.security_events.not_me import worry
from accounts.site.provider_names import provider_names

PAGE_SIZE = 50

_TABS = {"": _("All"), "sign-in": _("Sign-ins"), "apps": _("Apps"), "account": _("Account")}


class ActivityForm(forms.Form):
    q = SearchField(
        help_text=_("An app, device, location, IP address or event, such as “password”.")
    )
    until = forms.DateField(
        label=_("On or before"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


@require_safe
@never_cache
@login_required
def activity(request: HttpRequest) -> HttpResponse:
    form = ActivityForm(request.GET)
    form.is_valid()  # what is wrong with one field does not keep the other from narrowing the list
    asked = request.GET.get("group", "")
    group = asked if asked in GROUPS else ""
    words, until = form.cleaned_data.get("q", ""), form.cleaned_data.get("until")
    kept = {"q": words, "until": until.isoformat() if until else ""}
    user = cast(User, request.user)
    events = events_of(user, group=group, until=until)
    context = {
        "form": form,
        "group": group,
        "tabs": [(label, name, query_of(group=name, **kept)) for name, label in _TABS.items()],
        "query": query_of(group=group, **kept),
        "words": words,
        "until": until,
        "is_mailed": bool(proven_addresses(user)),
        **_listed(events, words, request.GET.get("page", "")),
    }
    return render(request, "accounts/activity.html", context)


def _listed(events: SecurityEventQuerySet, words: str, number: str) -> dict[str, Any]:
    """Return a page of the events, or of those among them that have all of `words`. A page that is
    not there is the nearest that is."""
    names = provider_names()
    found = search.find(events, words, names) if words else None
    several: Any = found.pks if found else events
    page = Paginator(several, PAGE_SIZE).get_page(number)
    shown = (
        SecurityEvent.objects.filter(pk__in=list(page)) if found else cast(Any, page.object_list)
    )
    return {
        "page": page,
        "entries": [entry(event, names) for event in shown.select_related("client")],
        "looked_at": search.MOST if found and not found.is_all else 0,
    }


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
