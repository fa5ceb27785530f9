"""Decide who may make an account: settings.SIGN_UP, and what an admin chose for a third party.

People whom an admin or a command makes are none of its business, nor those who have an account.
Of an address, only its domain is looked at, and before anybody is looked up by it: what is refused
does not depend on who has an account.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import Provider
from django.conf import settings
from django.http import HttpRequest

from accounts.site.provider_names import in_order
from accounts.text import email_domains

# Among the settings of a third party's app.
OF_PROVIDER = "sign_up"
DOMAINS_OF_PROVIDER = "sign_up_domains"


class Mode(StrEnum):
    """Name whom sign-up is for: the values of SIGN_UP."""

    OPEN = "open"
    INVITED = "invited"
    DOMAINS = "domains"  # of a verified e-mail address
    CLOSED = "closed"


@dataclass(frozen=True)
class Rule:
    """Say who may sign up in one way: `provider` is the name of a third party that has a rule of
    its own, "" for the site's."""

    mode: Mode
    domains: tuple[str, ...] = ()
    provider: str = ""

    @property
    def is_offered(self) -> bool:
        """Return whether anybody may try who was not invited."""
        return self.mode in (Mode.OPEN, Mode.DOMAINS)

    def admits(self, email: str) -> bool:
        """Return whether who has shown `email` to be theirs may have an account."""
        if self.mode is Mode.DOMAINS:
            return email_domains.is_in(email, self.domains)
        return self.mode is Mode.OPEN

    @property
    def domains_in_letters(self) -> str:
        return ", ".join(map(email_domains.in_letters, self.domains))


def of_site() -> Rule:
    return Rule(Mode(settings.SIGN_UP), email_domains.patterns(settings.SIGN_UP_DOMAINS))


def of_app(app: SocialApp | None) -> Rule:
    """Return the rule of a third party: its own, or else the site's, with its own domains if any.

    What it cannot mean admits nobody.
    """
    site, told = of_site(), app.settings if app else {}
    chosen, domains = told.get(OF_PROVIDER), told.get(DOMAINS_OF_PROVIDER)
    if app is None or (not chosen and not domains):
        return site
    own = email_domains.patterns(filter(_is_text, domains)) if isinstance(domains, list) else ()
    try:
        mode = Mode(chosen) if chosen else site.mode
    except ValueError:
        mode = Mode.CLOSED
    return Rule(mode, own or site.domains, app.name)


def is_offered(request: HttpRequest) -> bool:
    """Return whether there is a way to sign up for people whom nobody invited."""
    return of_site().is_offered or bool(providers(request))


def takes_invited(request: HttpRequest) -> bool:
    """Return whether there is a way to sign up for people who were invited."""
    return of_site().mode is not Mode.CLOSED or bool(providers(request, invited=True))


def providers(request: HttpRequest, *, invited: bool = False) -> list[Provider]:
    """Return the third parties by which people may sign up, or those who were invited, by name."""
    listed = get_adapter().list_providers(request)
    offered = [
        each
        for each in listed
        if _is_way_in(of_app(each.app), invited=invited)
        and not (each.app and each.app.settings.get("hidden"))
    ]
    return in_order(offered)


def _is_way_in(rule: Rule, *, invited: bool) -> bool:
    return rule.is_offered or (invited and rule.mode is not Mode.CLOSED)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
