"""Describe the kinds of clients: what each is registered with until somebody chooses otherwise, and
what has to be asked for it. Django admin and `register_client --kind` begin with these."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.models import Client
from accounts.oauth_server.models.client import (
    AUTHORIZATION_CODE,
    CLIENT_CREDENTIALS,
    DEVICE_CODE,
    REFRESH_TOKEN,
)
from accounts.oauth_server.models.software import AGENT, APP
from accounts.oauth_server.rules.scopes import AT_FIRST

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_WITH_PEOPLE = f"{AT_FIRST} offline_access"


@dataclass(frozen=True)
class ClientKind:
    """Describe one kind. `asks` names the columns that have to be told; `is_superusers`: it is
    made by having a scope that only a superuser gives."""

    key: str
    label: "_StrOrPromise"
    sentence: "_StrOrPromise"
    grant_types: str
    asks: tuple[str, ...]
    client_type: str = Client.CLIENT_CONFIDENTIAL
    auth_method: str = Client.CLIENT_SECRET_BASIC
    pkce: str = Client.PKCE_REQUIRED
    scopes: str = _WITH_PEOPLE
    default_scopes: str = "openid"
    software: str = APP
    is_superusers: bool = False

    def columns(self) -> dict[str, Any]:
        """Return the columns that a client of this kind begins with."""
        return {
            "client_type": self.client_type,
            "grant_types": self.grant_types,
            "token_endpoint_auth_method": self.auth_method,
            "pkce": self.pkce,
            "scopes": self.scopes,
            "default_scopes": self.default_scopes,
            "kind": self.software,
        }


_CODE = f"{AUTHORIZATION_CODE} {REFRESH_TOKEN}"
_PUBLIC: dict[str, Any] = {
    "client_type": Client.CLIENT_PUBLIC,
    "auth_method": Client.NO_AUTHENTICATION,
}

KINDS = {
    kind.key: kind
    for kind in (
        ClientKind(
            "web",
            _("Web app with a server"),
            _("People sign in to a site whose server keeps a secret."),
            _CODE,
            ("name", "redirect_uris", "post_logout_redirect_uris"),
        ),
        ClientKind(
            "spa",
            _("Single-page app"),
            _("People sign in to an app that runs in their browser alone, without a secret."),
            _CODE,
            ("name", "redirect_uris", "allowed_origins"),
            **_PUBLIC,
        ),
        ClientKind(
            "native",
            _("Native or desktop app"),
            _("People sign in to an app on their phone or computer, without a secret."),
            _CODE,
            ("name", "redirect_uris"),
            **_PUBLIC,
        ),
        ClientKind(
            "machine",
            _("Machine"),
            _("A job or a service calls the API on its own behalf. No person signs in."),
            CLIENT_CREDENTIALS,
            ("name", "scopes"),
            scopes="profile email",
            default_scopes="profile email",
        ),
        ClientKind(
            "device",
            _("Device such as a TV"),
            _("It shows a code, and people sign in with that on their phone."),
            f"{DEVICE_CODE} {REFRESH_TOKEN}",
            ("name",),
            **_PUBLIC,
        ),
        ClientKind(
            "mcp",
            _("MCP client or agent"),
            _("An agent acts for the people who let it in, without a secret."),
            _CODE,
            ("name", "redirect_uris"),
            **_PUBLIC,
            software=AGENT,
        ),
        ClientKind(
            "resource-server",
            _("Resource server"),
            _("An API of yours asks this site whether the tokens that it is shown are good."),
            CLIENT_CREDENTIALS,
            ("name",),
            scopes="introspection",
            default_scopes="introspection",
            is_superusers=True,
        ),
    )
}


def kind_of(client: Client) -> ClientKind:
    """Return the kind that `client` is most like, by its grants and its scopes."""
    if client.allows_grant_type(AUTHORIZATION_CODE):
        return KINDS[_with_redirects(client)]
    if client.allows_grant_type(DEVICE_CODE):
        return KINDS["device"]
    is_resource_server = "introspection" in client.scopes.split()
    return KINDS["resource-server" if is_resource_server else "machine"]


def _with_redirects(client: Client) -> str:
    if not client.is_public:
        return "web"
    if client.is_agent:
        return "mcp"
    return "spa" if client.allowed_origins else "native"
