"""Register the scopes: what each lets its holder do, which claims it releases, who may hold it.

A scope of one's own is one more entry of SCOPES. Consent, personal tokens, the account's pages,
metadata, claims, OpenAPI, registration, `register_client` and Django admin read them from here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Flag, auto
from functools import cache
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


@dataclass(frozen=True)
class Scope:
    """Describe one scope (RFC 6749 section 3.3). People read `sentence` before they allow it.

    `claims` are those of OpenID Connect Core section 5.4: what a client is told about the person.
    Each is a column or property of User, or made in claims/release.py. `is_superusers`: only a
    superuser may let a client have it in Django admin, as it opens more than a person allows.
    """

    name: str
    sentence: "_StrOrPromise"
    claims: tuple[str, ...] = ()
    holders: Holder = ANYBODY
    is_superusers: bool = False


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
        ),
        Scope("address", _("See your postal address"), claims=("address",)),
        Scope(
            "phone",
            _("See your phone number"),
            claims=("phone_number", "phone_number_verified"),
        ),
        Scope("offline_access", _("Keep access when you are not using it"), holders=Holder.PERSON),
        Scope("connections", _("See your connected accounts")),
        Scope(
            "connections.profile",
            _("See your profile at your connected accounts"),
        ),
        # Tells of other people's tokens, so it is nothing for somebody's own scripts.
        Scope(
            "introspection",
            _("Check whether a token is valid"),
            holders=Holder.PERSON | Holder.CLIENT,
            is_superusers=True,
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


def claims_of(names: Iterable[str]) -> list[str]:
    """Return the claims that these scopes release, each once."""
    return list(dict.fromkeys(claim for scope in entries(names) for claim in scope.claims))


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
    """Join scopes, in the registry's order."""
    return " ".join(scope.name for scope in entries(scopes))
