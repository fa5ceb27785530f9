"""Find unverified clients whose name looks like one that people trust.

The page that asks says so in plain words (phishing by consent, RFC 9700 section 4.16 and RFC 8628
section 5.4). A name alone is no proof, so that nobody is turned away for it.
"""

from collections.abc import Iterable

from allauth.socialaccount.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest

from accounts.oauth_server.models import Client
from accounts.oauth_server.rules.display_names import mixes_scripts, skeleton

# Whose names people meet on sign-in pages everywhere; those of this site's own third parties are
# added to them.
_WELL_KNOWN = (
    *("Google", "Gmail", "GitHub", "GitLab", "Microsoft", "Outlook", "Apple", "iCloud", "Amazon"),
    *("Facebook", "Instagram", "WhatsApp", "LinkedIn", "PayPal", "Stripe", "Slack", "Dropbox"),
)
_SHORTEST = 4  # letters: a shorter name is found in too many others
_SHORTEST_WITH_A_SLIP = 6  # letters from which on one that is wrong is easily overlooked


def resembled(request: HttpRequest, client: Client) -> str:
    """Return the name that the unchecked `client` could be taken for, "" where there is none."""
    if client.is_verified:
        return ""
    look = skeleton(client.name)
    for name in (settings.SITE_NAME, *_third_parties(request), *_WELL_KNOWN):
        if _contains(look, skeleton(name)):
            return name
    return _first_like(look, _checked_clients(client))


def mixes_alphabets(client: Client) -> bool:
    """Return whether the unchecked `client` writes a word in letters of several alphabets."""
    return not client.is_verified and mixes_scripts(client.name)


def _third_parties(request: HttpRequest) -> list[str]:
    return [app.name for app in get_adapter(request).list_apps(request) if app.name]


def _checked_clients(client: Client) -> Iterable[str]:
    checked = Client.objects.filter(is_verified=True, is_active=True).exclude(pk=client.pk)
    return checked.values_list("name", flat=True).iterator()


def _first_like(look: str, names: Iterable[str]) -> str:
    return next((name for name in names if _is_like(look, skeleton(name))), "")


def _contains(look: str, known: str) -> bool:
    return (len(known) >= _SHORTEST and known in look) or _is_like(look, known)


def _is_like(look: str, known: str) -> bool:
    if not look or look == known:
        return bool(look)
    return min(len(look), len(known)) >= _SHORTEST_WITH_A_SLIP and _is_one_slip_apart(look, known)


def _is_one_slip_apart(one: str, other: str) -> bool:
    """Return whether one letter that is wrong, missing or extra, or two that changed places, make
    the difference."""
    if abs(len(one) - len(other)) > 1:
        return False
    begin = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if begin is None:
        return True
    rest, other_rest = one[begin:], other[begin:]
    if rest[:2] == other_rest[:2][::-1] and rest[2:] == other_rest[2:]:
        return True
    return rest[1:] == other_rest[1:] or rest[1:] == other_rest or rest == other_rest[1:]
