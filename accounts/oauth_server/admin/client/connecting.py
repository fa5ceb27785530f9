"""Show how to connect a client: its ID, its new secret once, its endpoints, and lines to run."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.oauth_server.clients.kinds import kind_of
from accounts.oauth_server.clients.presets import InvalidURL, Preset, presets
from accounts.oauth_server.clients.ready_lines import (
    NO_SECRET_SHOWN,
    Lines,
    discovery,
    endpoints,
    ready_lines,
)
from accounts.oauth_server.models import Client
from accounts.staff import shown_once


def page(request: HttpRequest, client: Client, context: dict[str, Any]) -> HttpResponse:
    """Show it to whoever may view the client; the secret to whoever made it just now."""
    if request.method != "GET":  # a HEAD would use up the one look
        return HttpResponseNotAllowed(["GET"])
    secret = shown_once.take(request, client)
    preset = presets().get(request.GET.get("preset", ""))
    lines = [*_of_preset(preset, client, secret), *ready_lines(client, secret)]
    words = {
        "title": _("Connect %(name)s") % {"name": client.name},
        "original": client,
        "opts": client._meta,
    }
    words |= {"secret": secret, "kind": kind_of(client), "lines": lines}
    words |= {"issuer": settings.SITE_URL, "discovery": discovery()}
    words |= {"endpoints": endpoints(client), "preset": preset, "blank": NO_SECRET_SHOWN}
    return render(request, "admin/oauth_server/client/connect.html", context | words)


def _of_preset(preset: Preset | None, client: Client, secret: str) -> list[Lines]:
    """Return what to enter in the well-known app, where an admin registered the client as that:
    nobody else's address is put into lines that somebody is to run."""
    if preset is None or not client.is_registered_by_admin:
        return []
    try:
        made = preset.columns(client.website)
        text = preset.paste(
            url=client.website, client_id=client.client_id, secret=secret or NO_SECRET_SHOWN
        )
    except InvalidURL:
        return []
    is_that = not set(made["redirect_uris"].split()).isdisjoint(client.redirect_uris.split())
    return [Lines(preset.name, text)] if is_that else []
