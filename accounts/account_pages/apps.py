"""Show the apps that a person may open, and those that they authorized, and end their access."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.account_pages.launcher import AT_MOST, apps_to_open
from accounts.account_pages.long_lists import SearchField, query_of
from accounts.account_pages.sign_in_first import sign_in_first
from accounts.endings import people
from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor
from accounts.oauth_server.models import (
    Authorization,
    ClientLogo,
    ProtectedResource,
)
from accounts.oauth_server.models.protected_resource import described
from accounts.oauth_server.rules.scopes import to_set
from accounts.own_account.apps import agents_of, of, remove
from accounts.security_events.activity import entry
from accounts.security_events.receipts import Receipt, in_words
from accounts.site.provider_names import provider_names
from accounts.text.search import held, split

PAGE_SIZE = 25
FEW = 10  # apps, which nobody has to search or sort
_LATELY = 5
_NAMED = 20  # agents, before all of them are removed


class _Order(NamedTuple):
    label: Any
    columns: tuple[str, ...]


_ORDERS = {
    "": _Order(gettext_lazy("By name"), ("client__name", "pk")),
    "used": _Order(gettext_lazy("Recently used"), ("-last_used", "pk")),
    "unused": _Order(gettext_lazy("Least recently used"), ("last_used", "pk")),
}


class AppsForm(forms.Form):
    q = SearchField(help_text=gettext_lazy("A name or a permission, such as “e-mail”."))


@require_safe
@never_cache
@login_required
def apps(request: HttpRequest) -> HttpResponse:
    form = AppsForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    asked = request.GET.get("order", "")
    order = asked if asked in _ORDERS else ""
    mine = of(cast(User, request.user))
    found = _having(mine.order_by(*_ORDERS[order].columns), words)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page", ""))
    to_open = apps_to_open(cast(User, request.user), words) if page.number == 1 else []
    resources = _resources_of(page)
    marks = ClientLogo.objects.marks(row.client for row in page)
    context = {
        "launched": to_open[:AT_MOST],
        "agents": agents_of(cast(User, request.user)).count(),
        "more_to_open": len(to_open) > AT_MOST,
        "apps": [
            {
                "authorization": row,
                "logo": marks.get(row.client.pk),
                "sentences": _in_words(row, resources),
            }
            for row in page
        ],
        "form": form,
        "is_long": bool(words) or len(to_open) > FEW or page.paginator.count > FEW,
        "order": order,
        "tabs": [
            (each.label, name, query_of(order=name, q=words)) for name, each in _ORDERS.items()
        ],
        "query": query_of(order=order, q=words),
        "words": words,
        "page": page,
    }
    return render(request, "accounts/apps.html", context)


def _having(authorizations: QuerySet[Authorization], words: str) -> Any:
    """Return those that have all of `words` in what is read of them: the query itself for none, so
    that no more are read than a page shows."""
    wanted = split(words)
    if not wanted:
        return authorizations
    resources = _resources_of(authorizations)
    return [row for row in authorizations if held(wanted, _read(row, resources)) == wanted]


def _read(authorization: Authorization, resources: Sequence[ProtectedResource]) -> str:
    return " ".join((authorization.client.name, *_in_words(authorization, resources)))


@require_safe
@never_cache
@login_required
def app(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one app: what it may do, what it holds, and what it did lately, and from where."""
    mine = Authorization.objects.filter(user=request.user).select_related("client", "user")
    authorization = get_object_or_404(mine, pk=pk)
    resources = _resources_of([authorization])
    names = provider_names()
    lately = SecurityEvent.objects.filter(user=authorization.user, client=authorization.client)
    context = {
        "authorization": authorization,
        "logo": ClientLogo.objects.mark(authorization.client),
        "sentences": _in_words(authorization, resources),
        "resources": resources,
        "access_tokens": authorization.access_tokens.filter(expires__gt=timezone.now()).count(),
        "refresh_tokens": authorization.refresh_tokens.live().count(),
        "delegations": _delegations(authorization, resources),
        "vouched_by": names.get(authorization.vouched_by, authorization.vouched_by),
        "entries": [entry(event, names) for event in lately.select_related("client")[:_LATELY]],
    }
    return render(request, "accounts/app.html", context)


@never_cache
@login_required
@reauthentication_required(allow_get=True)
@require_http_methods(["GET", "HEAD", "POST"])
def remove_agents(request: HttpRequest) -> HttpResponse:
    """End the access of every agent of the person, at once."""
    person = cast(User, request.user)
    if request.method == "POST":
        receipt = people.end_agents(person, actor=Actor.PERSON)
        messages.success(request, _told(receipt))
        return redirect("account_apps")
    held = agents_of(person).order_by("name", "pk")
    context = {"agents": held[:_NAMED], "number": held.count(), "named": _NAMED}
    return render(request, "accounts/remove_agents.html", context)


def _told(receipt: Receipt) -> str:
    if not receipt.apps:
        return _("No agent had access to your account any more.")
    words = ngettext(
        "%(number)s agent no longer has access to your account. %(ended)s",
        "%(number)s agents no longer have access to your account. %(ended)s",
        receipt.apps,
    )
    return words % {"number": receipt.apps, "ended": in_words(receipt)}


@require_POST
@sign_in_first(back_to="account_apps")
def remove_app(request: HttpRequest, pk: int) -> HttpResponse:
    authorization = get_object_or_404(Authorization, pk=pk, user=request.user)
    client = authorization.client
    ended = remove(authorization, actor=Actor.PERSON)
    told = _("%(app)s no longer has access to your account. %(ended)s") % {
        "app": client.name,
        "ended": in_words(ended),
    }
    messages.success(request, told)
    return redirect("account_apps")


def _resources_of(authorizations: Iterable[Authorization]) -> list[ProtectedResource]:
    named = {identifier for each in authorizations for identifier in each.resources}
    return ProtectedResource.objects.named(named)


def _in_words(authorization: Authorization, resources: Iterable[ProtectedResource]) -> list[str]:
    own = [each for each in resources if each.identifier in authorization.resources]
    allowed = to_set(authorization.scope) | to_set(authorization.vouched_scope)
    return [str(each.sentence) for each in described(allowed, own)]


def _delegations(
    authorization: Authorization, resources: Sequence[ProtectedResource]
) -> list[dict[str, Any]]:
    """Return the apps that act by way of this one, the last used first, each with what it may."""
    found = authorization.delegations.select_related("client").order_by("-last_used")
    return [
        {
            "client": row.client,
            "last_used": row.last_used,
            "sentences": [str(each.sentence) for each in described(to_set(row.scope), resources)],
        }
        for row in found
    ]
