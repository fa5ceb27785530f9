"""Decide whether a person has to be asked before a client is authorized, and ask them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext

from accounts.oauth_server.authorization.request import AuthorizationRequest
from accounts.oauth_server.clients import look_alikes
from accounts.oauth_server.models import Authorization, Client, ClientLogo
from accounts.oauth_server.models.protected_resource import ProtectedResource, described
from accounts.oauth_server.rules import grant_types
from accounts.oauth_server.rules.redirect_uris import host, leads_to_this_device
from accounts.oauth_server.rules.scopes import to_set
from accounts.oauth_server.wire.asked_resources import OWN_API, Target
from accounts.way_back.packed import pack

if TYPE_CHECKING:
    from accounts.models import User


def is_needed(user: "User", asked: AuthorizationRequest) -> bool:
    """Return whether the person has to be asked. Only the site decides this; no parameter of the
    client's can skip it."""
    if "consent" in asked.prompt:
        return True
    if asked.client.is_public and leads_to_this_device(asked.redirect_uri):
        return True  # any local program may claim to be this client (RFC 8252 section 8.6)
    if asked.client.skips_consent:
        return False
    return not _is_decided(asked, decided_before(user, asked.client))


def page(request: HttpRequest, asked: AuthorizationRequest, *, own_address: str) -> HttpResponse:
    """Ask for consent: who wants what, for how long, as whom, and where the answer goes."""
    before = decided_before(request.user, asked.client)
    context = {
        **about_client(request, asked.client),
        **about_scopes(asked.client, asked.wanted, before, asked.target.rows),
        "redirect_host": host(asked.redirect_uri),
        "is_trial": asked.is_trial,
        "leads_to_this_device": leads_to_this_device(asked.redirect_uri),
        "decision_url": pack(f"{reverse('oauth_server:decide')}?{request.GET.urlencode()}"),
        "switch_account_url": f"{reverse('account_logout')}?{urlencode({'next': own_address})}",
    }
    return render(request, "oauth_server/consent.html", context)


def closed_page(
    request: HttpRequest, asked: AuthorizationRequest, *, own_address: str
) -> HttpResponse:
    """Say that the app is not open to this person, whom to ask, and how to go back to it."""
    context = {
        "client": asked.client,
        "logo": ClientLogo.objects.mark(asked.client),
        "decision_url": f"{reverse('oauth_server:decide')}?{request.GET.urlencode()}",
        "switch_account_url": f"{reverse('account_logout')}?{urlencode({'next': own_address})}",
    }
    return render(request, "oauth_server/closed.html", context, status=403)


def is_news(
    user: "User", client: Client, allowed: frozenset[str], target: Target = OWN_API
) -> bool:
    """Return whether saying yes to `allowed` lets the client do what it could not do before, or
    lets in what it has become since."""
    before = decided_before(user, client)
    known = allowed <= before.allowed and before.knows(target.rows, allowed)
    return before.is_outdated or not known


@dataclass(frozen=True)
class Decided:
    """Hold what a person has said to a client before: yes to some scopes, no to others."""

    allowed: frozenset[str] = frozenset()
    declined: frozenset[str] = frozenset()
    is_outdated: bool = False
    at: Mapping[str, list[str]] = field(default_factory=dict)  # scopes, by the resource of theirs

    def knows(self, rows: Iterable[ProtectedResource], scopes: frozenset[str]) -> bool:
        """Return whether the person has let the client use all of these resources before, by as
        many of their scopes: another may have one of the same name."""
        return all(
            row.identifier in self.at
            and scopes & row.sentences.keys() <= {*self.at[row.identifier]}
            for row in rows
        )


def decided_before(user: Any, client: Client) -> Decided:
    authorization = Authorization.objects.filter(user=user, client=client).first()
    if authorization is None:
        return Decided()
    allowed, declined = to_set(authorization.scope), to_set(authorization.declined)
    return Decided(allowed, declined, authorization.is_outdated, authorization.resource_scopes)


def decide(request: HttpRequest, client: Client, wanted: frozenset[str]) -> Decided:
    """Return what the person who posts the form decides: all `wanted` but what can be switched
    off and was."""
    ticked = frozenset(request.POST.getlist("scope"))
    declined = client.optional_scopes(wanted) - ticked
    return Decided(wanted - declined, declined)


def decide_as_before(user: "User", asked: AuthorizationRequest) -> Decided:
    """Return what goes without asking, where it does: is_needed."""
    if asked.client.skips_consent:
        return Decided(asked.wanted)
    return Decided(asked.wanted - decided_before(user, asked.client).declined)


def about_client(request: HttpRequest, client: Client) -> dict[str, Any]:
    """Return what a page says of who asks, and what speaks against them."""
    return {
        "client": client,
        "logo": ClientLogo.objects.mark(client),
        "resembled": look_alikes.resembled(request, client),
        "mixes_alphabets": look_alikes.mixes_alphabets(client),
        "access_lasts": how_long(client),
    }


def about_scopes(
    client: Client,
    wanted: frozenset[str],
    before: Decided | None = None,
    resources: Sequence[ProtectedResource] = (),
) -> dict[str, Any]:
    """Return what a page asks for: what the app cannot do without, and what can be switched off.

    What was declined before is switched off already; what was not asked before is marked as new,
    unless all of it is.
    """
    before = before or Decided()
    decided = before.allowed | before.declined
    optional = client.optional_scopes(wanted)
    return {
        "resources": resources,
        "outlasts": _outlasts(client, resources),
        "scopes": described(wanted - optional, resources),
        "optional_scopes": described(optional, resources),
        "switched_off": before.declined,
        "new_scopes": wanted - decided if decided else frozenset(),
    }


def _outlasts(client: Client, resources: Sequence[ProtectedResource]) -> str:
    """Say for how long a token may work that its resource checks without asking this site."""
    lasting = [row.lifetime_for(client) for row in resources if row.is_jwt]
    return _duration(max(lasting)) if lasting else ""


def _is_decided(asked: AuthorizationRequest, before: Decided) -> bool:
    """Return whether the person has answered all of this before.

    What they declined they are not asked again, so that an app cannot wear them out; unless it has
    become necessary, or nothing would be left to allow: then only they can get any further.
    """
    declined = before.declined & asked.client.optional_scopes(asked.wanted)
    rest = asked.wanted - declined
    if before.is_outdated or not before.knows(asked.target.rows, rest):
        return False
    return rest <= before.allowed and bool(rest or not asked.wanted)


def how_long(client: Client) -> str:
    """Say for how long the client is let in."""
    if not client.allows_grant_type(grant_types.REFRESH_TOKEN):
        return _duration(client.access_token_lifetime)
    days = client.refresh_token_max_lifetime.days
    words = ngettext(
        "Until you remove it, or %(days)s day after you last signed in to it",
        "Until you remove it, or %(days)s days after you last signed in to it",
        days,
    )
    return words % {"days": days}


def _duration(lifetime: timedelta) -> str:
    minutes = int(lifetime.total_seconds() // 60)
    if minutes % 60:
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    hours = minutes // 60
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
