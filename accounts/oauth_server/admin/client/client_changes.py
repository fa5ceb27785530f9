"""Change one thing of a client from its page: give it another secret, or a redirect URI."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.clients import sector_lists
from accounts.oauth_server.models import Client, ClientSecret
from accounts.oauth_server.models.client_secret import MOST, TooManySecrets
from accounts.staff import shown_once
from accounts.staff.model_admin import ModelAdmin

LIFETIMES = {"": _("does not expire"), "30": _("30 days"), "90": _("90 days"), "365": _("a year")}
_TOO_MANY = _(
    "This app has %(most)s secrets that work, and may have no more. Delete one that it does not "
    "use."
)


class ClientChanges(ModelAdmin):
    """Take the forms that stand beside the one of the client's settings."""

    def make_secret(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make one more secret; the old ones work on until they are removed."""
        client = get_object_or_404(Client, pk=pk)
        if not client.has_secrets:
            raise Http404
        if request.method != "POST" or not self.has_change_permission(request, client):
            return HttpResponseNotAllowed(["POST"])
        days = request.POST.get("days", "")
        if days not in LIFETIMES:
            messages.error(request, gettext("Choose how long the secret works from the list."))
            return HttpResponseRedirect(_page(client))
        lifetime = timedelta(days=int(days)) if days else None
        try:
            secret = ClientSecret.objects.issue(client, lifetime=lifetime)
        except TooManySecrets:
            messages.error(request, _TOO_MANY % {"most": MOST})
            return HttpResponseRedirect(_page(client))
        shown_once.keep(request, client, secret)
        with translation.override(None):  # the log outlives the language of who is there
            self.log_change(request, client, f"Created a new client secret: {LIFETIMES[days]}.")
        return HttpResponseRedirect(reverse("admin:oauth_server_client_connect", args=[pk]))

    def add_redirect_uri(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Register one more redirect URI, as the form of the client would."""
        client = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, client):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        uri = request.POST.get("uri", "").strip()
        # What the list at the sector identifier URI says is asked before the transaction.
        said = _added(client, uri) or sector_lists.problems(client)
        if not said:
            said = self._keep_redirect_uri(request, pk, uri)
        for problem in said:
            messages.error(request, problem)
        return HttpResponseRedirect(_page(client))

    def _keep_redirect_uri(self, request: HttpRequest, pk: int, uri: str) -> list[str]:
        """Add it to what stands there by now: another admin may have saved the client."""
        with transaction.atomic():
            client = Client.objects.select_for_update(no_key=True).get(pk=pk)
            said = _added(client, uri)
            if not said:
                client.save(update_fields=["redirect_uris", "private_use_schemes"])
                self.log_change(request, client, f"Added the redirect URI {uri}")
                messages.success(
                    request, gettext("People can be sent back to %(uri)s now.") % {"uri": uri}
                )
        return said


def _page(client: Client) -> str:
    return reverse("admin:oauth_server_client_change", args=[client.pk])


def _added(client: Client, uri: str) -> list[str]:
    """Add `uri` to the client, unsaved, and return what is wrong with that."""
    if len(uri.split()) != 1:
        return [gettext("Name one redirect URI.")]
    known = client.redirect_uris.split()
    client.redirect_uris = " ".join(dict.fromkeys([*known, uri]))
    try:
        client.clean()
    except ValidationError as error:
        problems: dict[str, Any] = error.message_dict
        return [words for found in problems.values() for words in found]
    return []
