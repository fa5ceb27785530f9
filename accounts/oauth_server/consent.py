"""Whether a person has to be asked before a client app is let in, and the page that asks."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.csp import allow_answer_at
from accounts.oauth_server.authorization_request import AuthorizationRequest
from accounts.oauth_server.models import Authorization, Client
from accounts.oauth_server.redirect_uris import host, leads_to_this_device
from accounts.oauth_server.scopes import SCOPES, to_set

if TYPE_CHECKING:
    from accounts.models import User


def is_needed(user: "User", asked: AuthorizationRequest) -> bool:
    """Only the site decides this; no parameter of the client's can skip it."""
    if "consent" in asked.prompt:
        return True
    if asked.client.is_public and leads_to_this_device(asked.redirect_uri):
        return True  # any local program may claim to be this client (RFC 8252 section 8.6)
    if asked.client.skip_authorization:
        return False
    return not asked.wanted <= _allowed_before(user, asked.client)


def page(request: HttpRequest, asked: AuthorizationRequest, *, own_address: str) -> HttpResponse:
    """Ask: who wants what, for how long, as whom, and where the answer goes."""
    before = _allowed_before(request.user, asked.client)
    context = {
        "client": asked.client,
        "scopes": in_words(asked.wanted),
        "new_scopes": in_words(asked.wanted - before) if before else [],
        "redirect_host": host(asked.redirect_uri),
        "leads_to_this_device": leads_to_this_device(asked.redirect_uri),
        "access_lasts": how_long(asked.client),
        "decision_url": f"{reverse('oauth_server:decide')}?{request.GET.urlencode()}",
        "switch_account_url": f"{reverse('account_logout')}?{urlencode({'next': own_address})}",
    }
    response = render(request, "oauth_server/consent.html", context)
    allow_answer_at(response, asked.redirect_uri)
    return response


def is_news(user: "User", asked: AuthorizationRequest) -> bool:
    """Whether saying yes lets the client do what it could not do before."""
    return not asked.wanted <= _allowed_before(user, asked.client)


def _allowed_before(user: Any, client: Client) -> frozenset[str]:
    authorization = Authorization.objects.filter(user=user, client=client).first()
    return to_set(authorization.scope) if authorization else frozenset()


def in_words(scopes: frozenset[str]) -> list[dict[str, str]]:
    """Return the scopes as a page shows them: a name and a sentence each."""
    return [
        {"name": name, "sentence": sentence} for name, sentence in SCOPES.items() if name in scopes
    ]


def how_long(client: Client) -> str:
    """Say for how long the client is let in."""
    if client.allows_grant_type("refresh_token"):
        days = settings.REFRESH_TOKEN_MAX_LIFETIME.days
        return f"until you remove it, at most {days} days after you last sign in to it"
    return _duration(settings.ACCESS_TOKEN_LIFETIME)


def _duration(lifetime: timedelta) -> str:
    minutes = int(lifetime.total_seconds() // 60)
    if minutes % 60:
        return f"{minutes} minutes"
    hours = minutes // 60
    return "1 hour" if hours == 1 else f"{hours} hours"
