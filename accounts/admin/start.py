"""Begin Django admin with what needs attention, and with how people sign in these days.

What is looked for is bounded, on indexes, and remembered for a minute; each admin is shown of it
what their permissions let them view.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

from django.contrib import admin
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from accounts.models import SecurityEvent, Webhook
from accounts.models.event_kinds import Event, Outcome
from accounts.oauth_server.models import Client, ClientSecret, SigningKey
from accounts.security_events import days
from accounts.security_events.days import Days
from accounts.site.provider_names import provider_names
from accounts.staff import roles
from accounts.staff.model_admin import is_superuser
from accounts.staff.site import AdminSite

REMEMBERED = 60  # seconds
LOOKED_AT = 5_000  # refusals of the last day, the newest ones
MOST_SIGN_INS = 300_000  # that are counted by day
NAMED = 5  # of each kind
AHEAD = timedelta(days=14)  # in which a secret ends

_KEY = "admin-start"
_REFUSALS = (Event.CLIENT_REFUSED, Event.REQUEST_REFUSED, Event.TOKEN_REPLAYED, Event.CODE_REPLAYED)
_EVENTS = "accounts.view_securityevent"


class Named(NamedTuple):
    """Count what happened with something, by its ID and its name."""

    id: str
    name: str
    times: int


class Ending(NamedTuple):
    """Name a client of which a secret ends."""

    client: int
    name: str
    expires: datetime


class Facts(NamedTuple):
    since: datetime
    refused: list[Named]  # clients
    failing: list[Named]  # providers
    unverified: int
    ending: list[Ending]
    waiting: list[str]  # signing keys
    silent: list[tuple[int, str, bool]]  # webhooks that do not arrive; whether they are active
    sign_ins: Days


class Note(NamedTuple):
    """Say what needs attention, and lead there."""

    text: str
    url: str = ""


def start(request: HttpRequest) -> dict[str, Any]:
    """Return what the template shows beside Django's own links."""
    facts = _facts()
    may_view_events = _may(request, _EVENTS)
    return {
        "notes": list(_notes(request, facts)),
        "counts": facts.sign_ins if may_view_events else None,
        "events_url": _events_url(kind=Event.SIGN_IN) if may_view_events else "",
    }


def _facts() -> Facts:
    facts: Facts | None = cache.get(_KEY)
    if facts is None:
        facts = _look()
        cache.set(_KEY, facts, REMEMBERED)
    return facts


def _look() -> Facts:
    now = timezone.now()
    since = (now - timedelta(days=1)).replace(second=0, microsecond=0)
    sign_ins = SecurityEvent.objects.filter(kind=Event.SIGN_IN)
    return Facts(
        since=since,
        refused=_refused(since),
        failing=_failing(since),
        unverified=Client.objects.filter(is_verified=False, is_active=True)[:1_000].count(),
        ending=_ending(now),
        waiting=_waiting(now),
        silent=_silent(),
        sign_ins=days.count(sign_ins, None, now, most=MOST_SIGN_INS),
    )


def _refused(since: datetime) -> list[Named]:
    """Return the clients that were refused most, of the newest refusals of each kind."""
    counted: Counter[str] = Counter()
    for kind in _REFUSALS:
        events = SecurityEvent.objects.filter(kind=kind, at__gte=since).order_by("-at")
        counted.update(events.values_list("client_public_id", flat=True)[:LOOKED_AT])
    del counted[""]
    most = counted.most_common(NAMED)
    ids = [client_id for client_id, _ in most]
    names = dict(Client.objects.filter(client_id__in=ids).values_list("client_id", "name"))
    return [
        Named(each, names.get(each, gettext("an app that is not registered")), n)
        for each, n in most
    ]


def _failing(since: datetime) -> list[Named]:
    """Return the third parties with which signing in failed most."""
    failed = SecurityEvent.objects.filter(
        kind=Event.SIGN_IN, outcome=Outcome.FAILED, at__gte=since
    ).order_by("-at")
    told = failed.values_list("details", flat=True)[:LOOKED_AT]
    counted = Counter(each["provider"] for each in told if each.get("provider"))
    names = provider_names()
    return [Named(each, names.get(each, each), n) for each, n in counted.most_common(NAMED)]


def _ending(now: datetime) -> list[Ending]:
    """Return the active clients of which a secret ends soon, the first one first."""
    soon = ClientSecret.objects.filter(
        expires__gt=now, expires__lt=now + AHEAD, client__is_active=True
    )
    columns = soon.order_by("expires").values_list("client", "client__name", "expires")
    return [Ending(*row) for row in columns[:NAMED]]


def _waiting(now: datetime) -> list[str]:
    waiting = SigningKey.objects.filter(signs_from__gt=now).order_by("signs_from")[:NAMED]
    return [
        gettext("A new %(algorithm)s key waits, and signs from %(signs_from)s UTC on.")
        % {"algorithm": key.algorithm, "signs_from": f"{key.signs_from:%Y-%m-%d %H:%M}"}
        for key in waiting
    ]


def _silent() -> list[tuple[int, str, bool]]:
    failing = Webhook.objects.filter(failing_since__isnull=False)
    return list(failing.values_list("pk", "name", "is_active")[:NAMED])


def _notes(request: HttpRequest, facts: Facts) -> Iterator[Note]:
    if _may(request, "oauth_server.view_client") or _may(request, _EVENTS):
        yield from (_of_refused(request, each, facts.since) for each in facts.refused)
    if _may(request, "socialaccount.view_socialapp") or _may(request, _EVENTS):
        yield from (_of_failing(request, each, facts.since) for each in facts.failing)
    if _may(request, "oauth_server.view_client"):
        yield from _of_clients(facts)
    if _may(request, "oauth_server.view_signingkey"):
        page = reverse("admin:oauth_server_signingkey_changelist")
        yield from (Note(text, page) for text in facts.waiting)
    if is_superuser(request):
        yield from _of_webhooks(facts)
        groups = reverse("admin:auth_group_changelist")
        yield from (Note(str(each), groups) for each in roles.differences())


def _of_refused(request: HttpRequest, client: Named, since: datetime) -> Note:
    text = ngettext(
        "%(name)s (%(id)s) was refused once in the last day.",
        "%(name)s (%(id)s) was refused %(count)s times in the last day.",
        client.times,
    )
    text %= {"name": client.name, "id": client.id, "count": f"{client.times:,}"}
    return _of_events(request, text, client=client.id, outcome="failed", since=since)


def _of_failing(request: HttpRequest, provider: Named, since: datetime) -> Note:
    text = ngettext(
        "Signing in with %(name)s failed once in the last day.",
        "Signing in with %(name)s failed %(count)s times in the last day.",
        provider.times,
    )
    text %= {"name": provider.name, "count": f"{provider.times:,}"}
    return _of_events(request, text, kind=Event.SIGN_IN, outcome="failed", since=since)


def _of_events(request: HttpRequest, text: str, **chosen: Any) -> Note:
    """Return a note that leads to the events that it is about, for who may view them."""
    return Note(text, _events_url(**chosen) if _may(request, _EVENTS) else "")


def _of_clients(facts: Facts) -> Iterator[Note]:
    if facts.unverified:
        page = reverse("admin:oauth_server_client_changelist")
        text = ngettext(
            "One app is not verified: people are warned before they allow access.",
            "%(count)s apps are not verified: people are warned before they allow access.",
            facts.unverified,
        )
        text %= {"count": f"{facts.unverified:,}"}
        yield Note(text, f"{page}?is_verified__exact=0&is_active__exact=1")
    for ending in facts.ending:
        page = reverse("admin:oauth_server_client_change", args=[ending.client])
        yield Note(
            gettext("A secret of %(name)s ends on %(expires)s.")
            % {"name": ending.name, "expires": f"{ending.expires:%Y-%m-%d}"},
            page,
        )


def _of_webhooks(facts: Facts) -> Iterator[Note]:
    for pk, name, is_active in facts.silent:
        text = (
            gettext("Nothing arrives at the webhook “%(name)s”.")
            if is_active
            else gettext("The webhook “%(name)s” was disabled: its receiver took nothing.")
        )
        yield Note(text % {"name": name}, reverse("admin:accounts_webhook_change", args=[pk]))


def _may(request: HttpRequest, permission: str) -> bool:
    user: Any = request.user
    return bool(user.has_perm(permission))


def _events_url(**chosen: Any) -> str:
    told = {
        name: value.strftime("%Y-%m-%dT%H:%M") if isinstance(value, datetime) else str(value)
        for name, value in chosen.items()
    }
    return f"{reverse('admin:accounts_securityevent_changelist')}?{urlencode(told)}"


cast(AdminSite, admin.site).show_at_start(start)
