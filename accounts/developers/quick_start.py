"""Show how to connect an app of each kind: from the data that Django admin registers clients by,
and the lines that it shows when it has."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from accounts.developers.frame import page
from accounts.developers.own_clients import own_clients
from accounts.oauth_server.clients.kinds import KINDS, ClientKind, kind_of
from accounts.oauth_server.clients.presets import presets
from accounts.oauth_server.clients.ready_lines import (
    NO_SECRET_SHOWN,
    discovery,
    endpoints,
    ready_lines,
)
from accounts.oauth_server.models import Client

_NO_ID = "THE_CLIENT_ID"
_APP = "https://app.example"
_CALLBACK = f"{_APP}/callback"
_OF_A_COMPUTER = "http://127.0.0.1:8400/callback"
_CALLBACKS = {
    "web": _CALLBACK,
    "spa": _CALLBACK,
    "native": _OF_A_COMPUTER,
    "mcp": _OF_A_COMPUTER,
}


@require_safe
def quick_start(request: HttpRequest) -> HttpResponse:
    with translation.override("en"):
        kinds = [_described(kind) for kind in KINDS.values()]
    mine = own_clients(request.user)
    context = {"kinds": kinds, "presets": presets().values(), "mine": _with_kinds(mine)}
    return page(request, "quick_start", context)


@require_safe
def of_kind(request: HttpRequest, key: str) -> HttpResponse:
    kind = KINDS.get(key)
    if kind is None:
        raise Http404
    mine = own_clients(request.user)
    asked = request.GET.get("client", "")
    client = next((each for each in mine if each.client_id == asked), None)
    if asked and (client is None or kind_of(client).key != key):
        raise Http404
    with translation.override("en"):
        context = _of_kind(kind, client or _example(kind))
    context |= {"client": client, "mine": _with_kinds(mine), "callback": _CALLBACKS.get(key, "")}
    return page(request, "kind", context)


@require_safe
def of_preset(request: HttpRequest, key: str) -> HttpResponse:
    preset = presets().get(key)
    if preset is None:
        raise Http404
    url = _APP if preset.needs_url else ""
    context = {
        "preset": preset,
        "registered": preset.columns(url),
        "lines": preset.paste(url=url, client_id=_NO_ID, secret=NO_SECRET_SHOWN),
        "app": url,
    }
    return page(request, "preset", context)


def _described(kind: ClientKind) -> dict[str, Any]:
    return {"key": kind.key, "label": str(kind.label), "sentence": str(kind.sentence)}


def _with_kinds(clients: list[Client]) -> list[dict[str, str]]:
    return [{"name": each.name, "url": _address(each)} for each in clients]


def _address(client: Client) -> str:
    of_kind = reverse("developers:kind", args=[kind_of(client).key])
    return f"{of_kind}?{urlencode({'client': client.client_id})}"


def _example(kind: ClientKind) -> Client:
    """Return a client of this kind that is nobody's and in no table."""
    origins = _APP if kind.key == "spa" else ""
    callback = _CALLBACKS.get(kind.key, "")
    return Client(
        client_id=_NO_ID, redirect_uris=callback, allowed_origins=origins, **kind.columns()
    )


def _of_kind(kind: ClientKind, client: Client) -> dict[str, Any]:
    fields = (Client._meta.get_field(name) for name in kind.asks)
    return {
        "kind": _described(kind),
        "asks": [str(getattr(field, "verbose_name", field.name)) for field in fields],
        "registration": settings.REGISTRATION,
        "registration_endpoint": f"{settings.SITE_URL}{reverse('oauth_server:register')}",
        "scopes": client.scopes.split(),
        "grants": client.grant_types.split(),
        "is_public": client.is_public,
        "issuer": settings.SITE_URL,
        "discovery": discovery(),
        "endpoints": endpoints(client),
        "lines": ready_lines(client),
        "blank": NO_SECRET_SHOWN,
        "has_secrets": kind.auth_method.startswith("client_secret"),
    }
