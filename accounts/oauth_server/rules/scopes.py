"""The scopes this site knows, each with the sentence that a person reads on the consent page."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from oauth2_provider.scopes import BaseScopes

SCOPES = {
    "openid": _("Know that it is you each time you come back"),
    "profile": _("See your name and what else your profile holds, such as your birthday"),
    "email": _("See your e-mail address"),
    "address": _("See your postal address"),
    "phone": _("See your phone number"),
    "offline_access": _("Keep its access while you are away"),
    "connections": _("See which third parties your account is connected to"),
    "connections.profile": _("Read your profile at a connected third party, through this site"),
    "introspection": _("Ask this site whether a token is valid"),
}

# Scopes that mean nothing to a client app that acts for itself.
NEED_A_PERSON = frozenset({"openid", "offline_access"})

# Scopes that mean nothing in a personal token: two are about signing in to a client app, and what
# the last one opens tells of other people's tokens.
_OF_CLIENTS_ALONE = frozenset({"openid", "offline_access", "introspection"})
FOR_PERSONAL_TOKENS = frozenset(SCOPES) - _OF_CLIENTS_ALONE


def to_set(scope: str | None) -> frozenset[str]:
    """Split a space-separated scope parameter (RFC 6749 section 3.3)."""
    return frozenset((scope or "").split())


def to_text(scopes: frozenset[str] | set[str]) -> str:
    """Join scopes in the order in which SCOPES names them."""
    return " ".join(scope for scope in SCOPES if scope in scopes)


class ClientScopes(BaseScopes):
    """DOT's view of the scopes: each client may ask for those an admin allowed it, no others."""

    def get_all_scopes(self) -> dict[str, Any]:
        return SCOPES

    def get_available_scopes(self, application: Any = None, **__: Any) -> list[str]:
        return list(to_set(application.scopes)) if application else []

    def get_default_scopes(self, application: Any = None, **__: Any) -> list[str]:
        return list(to_set(application.default_scopes)) if application else []
