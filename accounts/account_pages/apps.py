"""Show the apps that a person may open, and those that they authorized, and end their access."""

from typing import Any, NamedTuple, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.account_pages.launcher import AT_MOST, apps_to_open
from accounts.account_pages.long_lists import SearchField, query_of
from accounts.account_pages.sign_in_first import sign_in_first
from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import Authorization, ClientLogo, RefreshToken
from accounts.oauth_server.rules.scopes import entries, to_set
from accounts.oauth_server.tokens import revocation
from accounts.security_events.activity import entry
from accounts.security_events.details import Ended
from accounts.security_events.receipts import in_words
from accounts.security_events.record import record
from accounts.text.search import held, split

PAGE_SIZE = 25
FEW = 10  # apps, which nobody has to search or sort
_LATELY = 5


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
    mine = Authorization.objects.filter(user=request.user).select_related("client")
    found = _having(mine.order_by(*_ORDERS[order].columns), words)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page", ""))
    to_open = apps_to_open(cast(User, request.user), words) if page.number == 1 else []
    marks = ClientLogo.objects.marks(row.client for row in page)
    context = {
        "launched": to_open[:AT_MOST],
        "more_to_open": len(to_open) > AT_MOST,
        "apps": [
            {
                "authorization": row,
                "logo": marks.get(row.client.pk),
                "sentences": _in_words(row.scope),
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
    return [row for row in authorizations if held(wanted, _read(row)) == wanted]


def _read(authorization: Authorization) -> str:
    return " ".join((authorization.client.name, *_in_words(authorization.scope)))


@require_safe
@never_cache
@login_required
def app(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one app: what it may do, what it holds, and what it did lately, and from where."""
    mine = Authorization.objects.filter(user=request.user).select_related("client", "user")
    authorization = get_object_or_404(mine, pk=pk)
    lately = SecurityEvent.objects.filter(user=authorization.user, client=authorization.client)
    context = {
        "authorization": authorization,
        "logo": ClientLogo.objects.mark(authorization.client),
        "sentences": _in_words(authorization.scope),
        "access_tokens": authorization.access_tokens.filter(expires__gt=timezone.now()).count(),
        "refresh_tokens": _live(authorization).count(),
        "entries": [entry(event, {}) for event in lately.select_related("client")[:_LATELY]],
    }
    return render(request, "accounts/app.html", context)


@require_POST
@sign_in_first(back_to="account_apps")
def remove_app(request: HttpRequest, pk: int) -> HttpResponse:
    authorization = get_object_or_404(Authorization, pk=pk, user=request.user)
    client = authorization.client
    with transaction.atomic():
        ended = revocation.revoke_authorizations(Authorization.objects.filter(pk=pk))
        record(
            Event.APP_REMOVED,
            actor=Actor.PERSON,
            user=authorization.user,
            client=client,
            details=Ended(ended),
        )
    told = _("%(app)s no longer has access to your account. %(ended)s") % {
        "app": client.name,
        "ended": in_words(ended),
    }
    messages.success(request, told)
    return redirect("account_apps")


def _in_words(scope: str) -> list[str]:
    return [str(each.sentence) for each in entries(to_set(scope))]


def _live(authorization: Authorization) -> QuerySet[RefreshToken]:
    now = timezone.now()
    unused = authorization.refresh_tokens.filter(revoked=None, superseded=None)
    return unused.filter(expires__gt=now, family_expires__gt=now)
