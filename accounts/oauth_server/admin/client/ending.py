"""Disable a client, let it in again, and delete it: each page says first what will end, in counts.

A client may hold millions of tokens, so nothing here lists them or loads them to be counted.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models.event_kinds import Actor
from accounts.oauth_server.models import (
    AccessToken,
    Authorization,
    AuthorizationCode,
    Client,
    ClientSecret,
    DeviceGrant,
    RefreshToken,
)
from accounts.oauth_server.tokens import revocation, told_people
from accounts.security_events.receipts import Receipt, in_words
from accounts.staff import counts
from accounts.staff.model_admin import ModelAdmin

_COUNTED = 10_000  # rows: what is more is told as that
_ASK, _DONE = "admin/oauth_server/client/ask.html", "admin/oauth_server/client/done.html"


class ClientEndings(ModelAdmin):
    """Add the pages. Whoever may change a client may disable it."""

    def disable(self, request: HttpRequest, pk: int) -> HttpResponse:
        client = self._changeable(request, pk)
        if not client.is_active:
            return _back(request, client, _("It was disabled already."))
        if request.method != "POST":
            return self._say(request, client, _ASK, title=_("Disable"), says=_if_disabled(client))
        receipt = self._set_active(request, client, to=False)
        if receipt is None:  # another admin was quicker
            return _back(request, client, _("It was disabled already."))
        says = [_("Nobody can sign in with it, and it gets no tokens."), in_words(receipt)]
        return self._say(request, client, _DONE, title=_("Disabled"), says=says)

    def reactivate(self, request: HttpRequest, pk: int) -> HttpResponse:
        client = self._changeable(request, pk)
        if client.is_active:
            return _back(request, client, _("It was active already."))
        says = [
            _("People can sign in with it again, and it can get tokens."),
            _("What ended stays ended: people are asked again whether they let it in."),
            _("Its settings and its secrets are those of before."),
        ]
        if request.method != "POST":
            return self._say(request, client, _ASK, title=_("Reactivate"), says=says)
        if self._set_active(request, client, to=True) is None:
            return _back(request, client, _("It was active already."))
        return _back(request, client, _("It is active again."))

    def get_deleted_objects(
        self, objs: QuerySet[Any] | Sequence[Any], request: HttpRequest
    ) -> tuple[list[Any], dict[str, Any], set[str], list[Any]]:
        """Have an app be disabled before it is deleted: so nobody loses by one click what people
        use, and what it held is ended with a receipt. What goes with it is counted, not listed."""
        may = all(self.has_delete_permission(request, client) for client in objs)
        needed = set() if may else {str(self.opts.verbose_name)}
        active = [
            _("%(client)s is active: disable it first.") % {"client": client}
            for client in objs
            if client.is_active
        ]
        names = [str(client) for client in objs]
        return names, _go_along(objs), needed, [] if needed else active

    def _changeable(self, request: HttpRequest, pk: int) -> Client:
        client: Client = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, client):
            raise PermissionDenied
        return client

    def _set_active(self, request: HttpRequest, client: Client, *, to: bool) -> Receipt | None:
        """Disable the client or let it in again; None where it was so already."""
        with transaction.atomic():
            locked = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
            if locked.is_active == to:
                return None
            locked.is_active = to
            locked.save(update_fields=["is_active"])
            receipt = Receipt()
            if not to:
                told_people.tell_later([locked.pk])
                receipt = revocation.revoke_client(locked, actor=Actor.ADMIN)
            else:  # what was being issued while it was disabled: what ended stays ended
                revocation.revoke_clients([locked.pk])
            self.log_change(request, locked, "Reactivated." if to else "Disabled.")
        return receipt

    def _say(
        self, request: HttpRequest, client: Client, template: str, *, title: str, says: list[str]
    ) -> HttpResponse:
        words = {"title": title, "says": says, "original": client, "opts": self.opts}
        return TemplateResponse(request, template, self.admin_site.each_context(request) | words)


def _back(request: HttpRequest, client: Client, said: str) -> HttpResponse:
    messages.info(request, said)
    return HttpResponseRedirect(reverse("admin:oauth_server_client_change", args=[client.pk]))


def _if_disabled(client: Client) -> list[str]:
    held = Authorization.objects.filter(client=client)
    now = timezone.now()
    told = {
        "people": _counted(held),
        "access": _counted(AccessToken.objects.filter(application=client, expires__gt=now)),
        "refresh": _counted(RefreshToken.objects.live().filter(application=client)),
    }
    return [
        _("Nobody will be able to sign in with it, and it will get no tokens."),
        _(
            "All that it holds ends at once. Consents and authorizations: %(people)s. Access "
            "tokens: %(access)s. Refresh tokens: %(refresh)s."
        )
        % told,
        _("Its settings and its secrets stay. It can be reactivated; what ended stays ended."),
    ]


def _go_along(clients: QuerySet[Any] | Sequence[Any]) -> dict[str, Any]:
    """Return how many rows go with the clients, by what they are."""
    of_client = {"client__in": list(clients)}
    of_application = {"application__in": list(clients)}
    rows: tuple[QuerySet[Any], ...] = (
        ClientSecret.objects.filter(**of_client),
        Authorization.objects.filter(**of_client),
        *(
            model._base_manager.filter(**of_application)
            for model in (AccessToken, RefreshToken, AuthorizationCode, DeviceGrant)
        ),
    )
    told = {found.model._meta.verbose_name_plural: _counted(found) for found in rows}
    return {str(name): count for name, count in told.items() if count != "0"}


def _counted(rows: QuerySet[Any]) -> str:
    return counts.in_words(rows, _COUNTED)
