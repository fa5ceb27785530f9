"""Tell DOT the scopes of a client: those that an admin allowed it, and that a person may be asked
for."""

from typing import TYPE_CHECKING, Any

from oauth2_provider.scopes import BaseScopes

from accounts.oauth_server.rules.scopes import SCOPES, Holder

if TYPE_CHECKING:
    from accounts.oauth_server.models import Client


class ClientScopes(BaseScopes):
    def get_all_scopes(self) -> dict[str, Any]:
        return {name: scope.sentence for name, scope in SCOPES.items()}

    def get_available_scopes(self, application: "Client | None" = None, **_: Any) -> list[str]:
        return list(application.allowed_scopes(Holder.PERSON)) if application else []

    def get_default_scopes(self, application: "Client | None" = None, **_: Any) -> list[str]:
        return list(application.scopes_by_default(Holder.PERSON)) if application else []
