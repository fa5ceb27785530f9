"""Show in Django admin which agents there are, by host, and stop all of a host."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin import agent_inventory
from accounts.admin.agent_inventory import of_host
from accounts.endings.agents import Stopped, stop_host
from accounts.models import User
from accounts.oauth_server.models import Authorization, BlockedHost, Client
from accounts.oauth_server.models.software import THIS_DEVICE
from accounts.oauth_server.rules import host_names
from accounts.security_events.receipts import in_words
from accounts.staff.model_admin import ModelAdmin
from accounts.staff.site import AdminSite

_HOSTS, _AGENTS = 50, 25  # on a page


def agents(request: HttpRequest) -> HttpResponse:
    """List the hosts that agents are of, or the agents of one; for whoever may view clients."""
    if not _clients().has_view_permission(request):
        raise PermissionDenied
    host = request.GET.get("host")
    return _hosts(request) if host is None else _host(request, host)


def _hosts(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip().lower()
    found = agent_inventory.hosts(words)
    page = Paginator(found, _HOSTS).get_page(request.GET.get("page", ""))
    schemes = {host.name for host in page if host.is_scheme}
    blocked = BlockedHost.objects.covered([host.name for host in page], schemes=schemes)
    context = {"title": _("Agents"), "page": page, "words": words, "blocked": blocked}
    return _answer(request, "hosts", context | _addresses(q=words))


def _host(request: HttpRequest, host: str) -> HttpResponse:
    found = of_host(host)
    if not found:
        raise Http404
    page = Paginator(found, _AGENTS).get_page(request.GET.get("page", ""))
    held = _authorizations(request)
    context = {
        "title": _named(host),
        "host": host,
        "page": page,
        "agents": agent_inventory.described(list(page), held),
        "shows_people": held is not None,
        "is_blocked": bool(BlockedHost.objects.among([host], schemes=_schemes(found))),
        "changeable": {row.pk for row in page if _clients().has_change_permission(request, row)},
        "may_stop": bool(host) and bool(_stoppable(request, found)),
    }
    return _answer(request, "host", context | _addresses(host=host))


def stop(request: HttpRequest) -> HttpResponse:
    """Ask whether to stop all agents of a host, do it, and say what that ended."""
    host = request.GET.get("host", "")
    if not _clients().has_change_permission(request):
        raise PermissionDenied
    found = of_host(host) if host else []
    if not found:
        raise Http404
    mine = _stoppable(request, found)
    context = {"title": _("Stop all agents of %(host)s") % {"host": _named(host)}, "host": host}
    if request.method == "POST":
        stopped = _stop(request, host, mine)
        if not stopped.agents and not stopped.is_blocked:
            messages.info(request, _("Its agents had been stopped already."))
            return redirect(f"{reverse('admin:agents')}?{urlencode({'host': host})}")
        return _answer(request, "stopped", context | {"says": _receipt(host, stopped)})
    says = _what_happens(host, found, mine)
    return _answer(request, "stop", context | {"says": says} | _addresses(host=host))


def _schemes(found: list[Client]) -> frozenset[str]:
    return frozenset().union(*(client.schemes for client in found))


def _stoppable(request: HttpRequest, found: list[Client]) -> list[Client]:
    """Return those of the agents that are active, and that this admin may disable."""
    may = _clients().has_change_permission
    return [client for client in found if client.is_active and may(request, client)]


def _stop(request: HttpRequest, host: str, mine: list[Client]) -> Stopped:
    admin_of_it = cast(User, request.user)
    with transaction.atomic():
        stopped = stop_host(host, mine, by=admin_of_it)
        logged = [_entry(admin_of_it, row, CHANGE) for row in stopped.agents]
        if stopped.is_blocked:
            blocked = BlockedHost.objects.get(host=host_names.covering(host)[0])
            logged.append(_entry(admin_of_it, blocked, ADDITION))
        # At once: one event tells of all of it, in place of one for each entry.
        LogEntry.objects.bulk_create(logged, batch_size=500)
    return stopped


def _entry(person: User, row: Any, flag: int) -> LogEntry:
    kind = ContentType.objects.get_for_model(row, for_concrete_model=False)
    words = "Stopped with all agents of its host." if flag == CHANGE else ""
    return LogEntry(
        user=person, content_type=kind, object_id=row.pk, object_repr=str(row)[:200],
        action_flag=flag, change_message=words,
    )  # fmt: skip


def _what_happens(host: str, found: list[Client], mine: list[Client]) -> list[str]:
    held = Authorization.objects.filter(client__in=[client.pk for client in mine])
    others = sum(client.is_active for client in found) - len(mine)
    says = [
        ngettext(
            "%(number)s active agent is disabled: nobody can sign in with it, and it gets no "
            "tokens.",
            "%(number)s active agents are disabled: nobody can sign in with them, and they get no "
            "tokens.",
            len(mine),
        )
        % {"number": len(mine)},
        _("All that they hold of anybody ends at once. Consents: %(people)s.")
        % {"people": f"{held.count():,}"},
        _is_blocked_by_it(host),
    ]
    if others:
        says.append(_("Agents that only a superuser may disable stay: %(n)s.") % {"n": others})
    return says


def _is_blocked_by_it(host: str) -> str:
    if host == THIS_DEVICE:
        return _(
            "Others of this kind can still register themselves: every program on a device is "
            "answered there, so that it cannot be blocked."
        )
    return _(
        "The host is blocked, with those below it: no client registers itself with an address "
        "there, and no metadata document is read from there, until somebody deletes it from the "
        "blocked hosts."
    )


def _receipt(host: str, stopped: Stopped) -> list[str]:
    count = len(stopped.agents)
    words = ngettext("Disabled: %(number)s agent.", "Disabled: %(number)s agents.", count)
    consents = ngettext("%(number)s consent.", "%(number)s consents.", stopped.receipt.apps)
    says = [
        words % {"number": count},
        f"{in_words(stopped.receipt)} {consents % {'number': stopped.receipt.apps}}",
    ]
    if stopped.is_blocked:
        says.append(_("%(host)s is blocked.") % {"host": host})
    return says


def _named(host: str) -> str:
    if host == THIS_DEVICE:
        return _("people’s own devices")
    return host or _("no host")


def _authorizations(request: HttpRequest) -> QuerySet[Authorization] | None:
    page: Any = admin.site.get_model_admin(Authorization)
    return page.get_queryset(request) if page.has_view_permission(request) else None


def _clients() -> ModelAdmin:
    return cast(ModelAdmin, admin.site.get_model_admin(Client))


def _addresses(**told: str) -> dict[str, str]:
    return {"query": urlencode({name: value for name, value in told.items() if value})}


def _answer(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    whole = admin.site.each_context(request) | {"this_device": THIS_DEVICE} | context
    return TemplateResponse(request, f"admin/agents/{name}.html", whole)


_site = cast(AdminSite, admin.site)
_site.add_page("agents", agents)
_site.link_after(Client._meta.label, "agents", gettext_lazy("Agents"))
_site.add_page("agents/stop", stop)
