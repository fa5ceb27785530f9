"""Show an admin what happened at a client lately, and which redirect URIs it sent in vain: a fixed
number of queries, whatever there is of it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import SecurityEvent
from accounts.models.event_kinds import Event, Outcome
from accounts.oauth_server.models import Authorization, Client
from accounts.oauth_server.rules import redirect_uris
from accounts.oauth_server.rules.scopes import SCOPES
from accounts.security_events.details import RequestRefusal
from accounts.staff import counts

_LAST = 5  # events of one sort
_REFUSED = 50  # events that are looked through for redirect URIs
_MANY = 1000
_SIGN_INS = (Event.CODE_REDEEMED, Event.TOKEN_ISSUED, Event.DEVICE_APPROVED)


@dataclass(frozen=True)
class Mismatch:
    """Describe a redirect URI that was sent, beside the registered one that is most like it."""

    sent: str
    registered: str
    difference: str


def context(request: HttpRequest, client: Client, site: AdminSite) -> dict[str, Any]:
    """Return what there is to show of `client`, as far as this admin may see it."""
    return _events(request, client, site) | _people(request, client, site)


def _people(request: HttpRequest, client: Client, site: AdminSite) -> dict[str, Any]:
    page: Any = site.get_model_admin(Authorization)
    if not page.has_view_permission(request):
        return {}
    found = page.get_queryset(request).filter(client=client)
    listed = reverse("admin:oauth_server_authorization_changelist")
    return {
        "people": counts.in_words(found, _MANY),
        "people_url": f"{listed}?client__id__exact={client.pk}",
        "granted": _granted(found),
        "granted_of": f"{_MANY:,}",
    }


def _granted(authorizations: QuerySet[Authorization]) -> list[tuple[str, int]]:
    """Return what people let the client do, and how many of the newest did so."""
    # By their keys first, which an index of each client's has: else PostgreSQL would read the
    # newest of every client until there are enough of this one.
    newest = authorizations.order_by("-pk").values("pk")[:_MANY]
    scopes = Authorization.objects.filter(pk__in=newest).values_list("scope", flat=True)
    counted = Counter(name for scope in scopes for name in set(scope.split()))
    known = [
        (str(SCOPES[name].sentence), count) for name, count in counted.items() if name in SCOPES
    ]
    return sorted(known, key=lambda each: (-each[1], each[0]))


def _events(request: HttpRequest, client: Client, site: AdminSite) -> dict[str, Any]:
    page: Any = site.get_model_admin(SecurityEvent)
    if not page.has_view_permission(request):
        return {}
    events: QuerySet[SecurityEvent] = page.get_queryset(request).filter(client=client)
    last = {
        _("Sign-ins and tokens"): events.filter(kind__in=_SIGN_INS, outcome=Outcome.SUCCEEDED),
        _("Failures"): events.filter(outcome=Outcome.FAILED),
        _("All events"): events,
    }
    listed = reverse("admin:accounts_securityevent_changelist")
    return {
        "events": {
            title: list(found.order_by("-at", "-pk")[:_LAST]) for title, found in last.items()
        },
        "failures": _("Failures"),
        "events_url": f"{listed}?client={client.client_id}",
        "mismatches": mismatches(client, events),
    }


def mismatches(client: Client, events: QuerySet[SecurityEvent]) -> list[Mismatch]:
    """Return the redirect URIs that were refused lately and are not registered, each once."""
    refused = events.filter(kind=Event.REQUEST_REFUSED).order_by("-at", "-pk")[:_REFUSED]
    sent = dict.fromkeys(_redirect_uris(RequestRefusal.read(each.details) for each in refused))
    return [_compared(uri, client) for uri in sent if not client.redirect_uri_allowed(uri)]


def _redirect_uris(refusals: Iterable[RequestRefusal]) -> list[str]:
    return [each.sent for each in refusals if each.parameter == "redirect_uri" and each.sent]


def _compared(uri: str, client: Client) -> Mismatch:
    known = client.redirect_uris.split()
    closest = max(known, key=lambda each: _beginning(uri, each), default="")
    difference = redirect_uris.difference(uri, closest) if closest else _("none is registered")
    return Mismatch(uri, closest, difference)


def _beginning(one: str, other: str) -> int:
    """Return how many letters the two have in common before they part."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
