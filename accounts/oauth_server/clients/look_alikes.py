"""Find unverified clients whose name looks like one that people trust.

The page that asks says so in plain words (phishing by consent, RFC 9700 section 4.16 and RFC 8628
section 5.4). A name alone is no proof, so that nobody is turned away for it.
"""

from collections.abc import Iterable

from allauth.socialaccount.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest

from accounts.oauth_server.models import Client
from accounts.text.display_names import WELL_KNOWN, contains, is_like, mixes_scripts, skeleton


def resembled(request: HttpRequest, client: Client) -> str:
    """Return the name that the unchecked `client` could be taken for, "" where there is none."""
    if client.is_verified:
        return ""
    look = skeleton(client.name)
    for name in (settings.SITE_NAME, *_third_parties(request), *WELL_KNOWN):
        if contains(look, skeleton(name)):
            return name
    return _first_like(look, _checked_clients(client))


def namesake(client: Client) -> str:
    """Return the name of another client that `client` could be taken for: the same name, whoever
    has it, or one that looks like a checked client's. "" where there is none."""
    if same := Client.objects.exclude(pk=client.pk).filter(name__iexact=client.name).first():
        return str(same.name)
    return _first_like(skeleton(client.name), _checked_clients(client))


def mixes_alphabets(client: Client) -> bool:
    """Return whether the unchecked `client` writes a word in letters of several alphabets."""
    return not client.is_verified and mixes_scripts(client.name)


def _third_parties(request: HttpRequest) -> list[str]:
    return [app.name for app in get_adapter(request).list_apps(request) if app.name]


def _checked_clients(client: Client) -> Iterable[str]:
    checked = Client.objects.filter(is_verified=True, is_active=True).exclude(pk=client.pk)
    return checked.values_list("name", flat=True).iterator()


def _first_like(look: str, names: Iterable[str]) -> str:
    return next((name for name in names if is_like(look, skeleton(name))), "")
