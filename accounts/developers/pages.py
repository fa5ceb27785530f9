"""Explain where to turn to, tokens, scopes and limits, with the values that this site has."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_safe

from accounts.developers.frame import page
from accounts.developers.limits import told
from accounts.developers.navigation import PAGES, START
from accounts.oauth_server.clients.ready_lines import all_endpoints, discovery
from accounts.oauth_server.rules.credentials import Kind
from accounts.oauth_server.rules.scopes import SCOPES, Holder, Scope

_HOLDERS = {
    Holder.PERSON: "apps that a person let in",
    Holder.CLIENT: "apps that act for themselves",
    Holder.PERSONAL_TOKEN: "personal access tokens",
}


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    context = {
        "pages": [each for each in PAGES if each is not START],
        "issuer": settings.SITE_URL,
        "discovery": discovery(),
        "endpoints": all_endpoints(),
        "api": f"{settings.SITE_URL}/api/v1",
    }
    return page(request, "start", context)


@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    context = {
        "lifetimes": {
            "code": settings.AUTHORIZATION_CODE_LIFETIME,
            "access": settings.ACCESS_TOKEN_LIFETIME,
            "id": settings.ID_TOKEN_LIFETIME,
            "idle": settings.REFRESH_TOKEN_IDLE_LIFETIME,
            "longest": settings.REFRESH_TOKEN_MAX_LIFETIME,
            "retry": settings.REFRESH_RETRY_WINDOW,
        },
        "prefixes": {kind.name: kind.value for kind in Kind},
        "has_personal_tokens": settings.PERSONAL_TOKENS,
    }
    return page(request, "tokens", context)


@require_safe
def scopes(request: HttpRequest) -> HttpResponse:
    with translation.override("en"):
        rows = [_row(scope) for scope in SCOPES.values()]
    return page(request, "scopes", {"scopes": rows})


def _row(scope: Scope) -> dict[str, Any]:
    return {
        "name": scope.name,
        "sentence": str(scope.sentence),
        "claims": scope.claims,
        "holders": [words for holder, words in _HOLDERS.items() if holder in scope.holders],
        "is_superusers": scope.is_superusers,
    }


@require_safe
def limits(request: HttpRequest) -> HttpResponse:
    return page(request, "limits", {"limits": told()})
