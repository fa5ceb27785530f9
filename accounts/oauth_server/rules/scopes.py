"""Register the scopes: what each lets its holder do, which claims it releases, who may hold it.

A scope of one's own is one more entry of SCOPES. Consent, personal tokens, the account's pages,
metadata, claims, OpenAPI, registration, `register_client` and Django admin read them from here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Flag, auto
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


class Holder(Flag):
    """Say in whose name a token speaks."""

    PERSON = auto()  # who let a client app in
    CLIENT = auto()  # an app that acts for itself (RFC 6749 section 4.4)
    PERSONAL_TOKEN = auto()  # a person, to their own scripts


ANYBODY = Holder.PERSON | Holder.CLIENT | Holder.PERSONAL_TOKEN
PERSONS = Holder.PERSON | Holder.PERSONAL_TOKEN  # about a person, so nothing for an app by itself


@dataclass(frozen=True)
class Scope:
    """Describe one scope (RFC 6749 section 3.3). People read `sentence` before they allow it.

    `claims` are those of OpenID Connect Core section 5.4: what a client is told about the person.
    Each is a column or property of User, or made in claims/release.py. `is_superusers`: only a
    superuser may let a client have it in Django admin, as it opens more than a person allows.
    `opens_api`: something under /api/ asks for it, so that its metadata (RFC 9728) names it.
    """

    name: str
    sentence: "_StrOrPromise"
    claims: tuple[str, ...] = ()
    holders: Holder = ANYBODY
    is_superusers: bool = False
    opens_api: bool = True


_PROFILE = (
    *("name", "given_name", "family_name", "middle_name", "nickname", "preferred_username"),
    *("profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at"),
)

SCOPES = {
    scope.name: scope
    for scope in (
        Scope(
            "openid",
            _("Sign you in, and recognize you when you come back"),
            claims=("sub",),
            holders=Holder.PERSON,
            opens_api=False,
        ),
        Scope(
            "profile",
            _("See your name and other profile details, such as your birthday"),
            claims=_PROFILE,
        ),
        Scope("email", _("See your e-mail address"), claims=("email", "email_verified")),
        # What a client reads of them, under which name, an admin chooses: claims/groups.py.
        Scope(
            "groups",
            _("See which groups you are in"),
            claims=("groups",),
            holders=Holder.PERSON,
            opens_api=False,
        ),
        Scope("address", _("See your postal address"), claims=("address",)),
        Scope(
            "phone",
            _("See your phone number"),
            claims=("phone_number", "phone_number_verified"),
        ),
        Scope(
            "offline_access",
            _("Keep access when you are not using it"),
            holders=Holder.PERSON,
            opens_api=False,
        ),
        Scope("connections", _("See your connected accounts")),
        Scope(
            "connections.profile",
            _("See your profile at your connected accounts"),
        ),
        # The rest of a person's own account: only for who speaks for a person.
        Scope("profile.write", _("Change your name and other profile details"), holders=PERSONS),
        Scope("emails", _("See all your e-mail addresses"), holders=PERSONS),
        Scope("connections.write", _("Remove your connected accounts"), holders=PERSONS),
        Scope("sessions", _("See where you are signed in"), holders=PERSONS),
        Scope("sessions.write", _("Sign you out on your devices"), holders=PERSONS),
        Scope("apps", _("See which apps have access to your account"), holders=PERSONS),
        Scope("apps.write", _("End the access of apps to your account"), holders=PERSONS),
        Scope("events", _("See the recent activity on your account"), holders=PERSONS),
        Scope("groups.read", _("See the names of your groups"), holders=PERSONS),
        # What an app made would outlive the app's own access: for people's own scripts alone.
        Scope("tokens", _("See your personal access tokens"), holders=Holder.PERSONAL_TOKEN),
        Scope(
            "tokens.write",
            _("Create and revoke personal access tokens"),
            holders=Holder.PERSONAL_TOKEN,
        ),
        # What happens to everybody, so a superuser's to give.
        Scope(
            "webhooks",
            _("See its webhooks"),
            holders=Holder.CLIENT,
            is_superusers=True,
        ),
        Scope(
            "webhooks.write",
            _("Be told by webhooks what happens to all accounts"),
            holders=Holder.CLIENT,
            is_superusers=True,
        ),
        # Its own resources, which other apps then ask people for: for clients, likewise.
        Scope(
            "resources",
            _("See its protected resources at this site"),
            holders=Holder.CLIENT,
            is_superusers=True,
        ),
        Scope(
            "resources.write",
            _("Register protected resources at this site that apps can ask people for"),
            holders=Holder.CLIENT,
            is_superusers=True,
        ),
        # About everybody: for clients that act for themselves, likewise.
        Scope(
            "site.users",
            _("See everybody at this site"),
            holders=Holder.CLIENT,
            is_superusers=True,
        ),
        Scope(
            "site.users.write",
            _("Add, deactivate and reactivate people at this site, and choose their groups"),
            holders=Holder.CLIENT,
            is_superusers=True,
        ),
        Scope(
            "site.groups",
            _("See the groups of this site, and who is in them"),
            holders=Holder.CLIENT,
            is_superusers=True,
        ),
        Scope(
            "site.clients",
            _("See the client apps of this site"),
            holders=Holder.CLIENT,
            is_superusers=True,
        ),
        Scope(
            "site.clients.write",
            _("Register client apps at this site, and create secrets for them"),
            holders=Holder.CLIENT,
            is_superusers=True,
        ),
        Scope(
            "site.events",
            _("See what happens on every account at this site"),
            holders=Holder.CLIENT,
            is_superusers=True,
        ),
        # Tells of other people's tokens, so it is nothing for somebody's own scripts.
        Scope(
            "introspection",
            _("Check whether a token is valid"),
            holders=Holder.PERSON | Holder.CLIENT,
            is_superusers=True,
            opens_api=False,
        ),
    )
}

# What a client may ask for until an admin chooses.
AT_FIRST = "openid profile email"


def entries(names: Iterable[str]) -> list[Scope]:
    """Return the scopes of these names, in the registry's order, without names that it lacks."""
    chosen = frozenset(names)
    return [scope for name, scope in SCOPES.items() if name in chosen]


@cache
def held_by(holder: Holder) -> frozenset[str]:
    """Return the names of the scopes that a token of `holder` may have."""
    return frozenset(name for name, scope in SCOPES.items() if holder in scope.holders)


def given_by_superusers() -> frozenset[str]:
    """Return the names of the scopes that only a superuser may let a client have."""
    return frozenset(name for name, scope in SCOPES.items() if scope.is_superusers)


def of_api() -> list[str]:
    """Return the names of the scopes that the API asks of apps: those that it tells of itself."""
    apps = Holder.PERSON | Holder.CLIENT
    return [name for name, scope in SCOPES.items() if scope.opens_api and scope.holders & apps]


def of_tools() -> list[str]:
    """Return the names of those of them that an app can ask a person for."""
    return [name for name in of_api() if Holder.PERSON in SCOPES[name].holders]


def of_userinfo() -> list[str]:
    """Return the names of the scopes that the userinfo endpoint tells something for."""
    return [name for name, scope in SCOPES.items() if scope.claims]


@cache
def of_services() -> frozenset[str]:
    """Return the names of the scopes that no person's token may have: those about the whole site,
    which nothing but an admin gives."""
    return frozenset(name for name, scope in SCOPES.items() if scope.holders == Holder.CLIENT)


def claims_of(names: Iterable[str]) -> list[str]:
    """Return the claims that these scopes release, each once."""
    return list(_claims_of(frozenset(names)))


@lru_cache(maxsize=1000)
def _claims_of(names: frozenset[str]) -> dict[str, None]:
    return dict.fromkeys(claim for scope in entries(names) for claim in scope.claims)


def releasing(claim: str) -> list[str]:
    """Return the names of the scopes that release `claim`."""
    return [name for name, scope in SCOPES.items() if claim in scope.claims]


def known(names: Iterable[str]) -> frozenset[str]:
    """Return those of `names` that this site has. Others are ignored wherever scopes are asked for
    (OpenID Connect Core section 3.1.2.1)."""
    return frozenset(names) & SCOPES.keys()


def to_set(scope: str | None) -> frozenset[str]:
    """Split a space-separated scope parameter (RFC 6749 section 3.3)."""
    return frozenset((scope or "").split())


def to_text(scopes: Iterable[str]) -> str:
    """Join scopes, in the registry's order; those of other resources come last."""
    chosen = frozenset(scopes)
    return " ".join((*(scope.name for scope in entries(chosen)), *sorted(chosen - SCOPES.keys())))
