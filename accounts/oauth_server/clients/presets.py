"""Know what well-known apps need when they are registered, and what to enter in them."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.oauth_server.models import Client
from accounts.oauth_server.rules import redirect_uris
from accounts.oauth_server.rules.scopes import AT_FIRST, to_set, to_text

_FILE = Path(__file__).with_name("presets.toml")
_URL = "<url>"


class InvalidURL(ValueError):
    """Refuse the address of an app, in words."""


@dataclass(frozen=True)
class Preset:
    """Describe one app: see the head of presets.toml."""

    key: str
    name: str
    pages: tuple[str, ...]
    read: date
    redirect_uris: tuple[str, ...]
    reads: str
    claims: tuple[str, ...]
    format: str
    lines: str
    kind: str = Client.CLIENT_CONFIDENTIAL
    auth_method: str = Client.CLIENT_SECRET_BASIC
    pkce: str = Client.PKCE_REQUIRED
    scopes: str = AT_FIRST
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str = ""
    claims_in_id_token: bool = False
    notes: tuple[str, ...] = ()
    see: tuple[str, ...] = ()

    @property
    def needs_url(self) -> bool:
        """Return whether it runs at an address of each site's own."""
        return any(_URL in uri for uri in self.redirect_uris)

    @property
    def is_public(self) -> bool:
        return self.kind == Client.CLIENT_PUBLIC

    def columns(self, url: str) -> dict[str, Any]:
        """Return the columns of a client that is this app, at `url`. Raises InvalidURL."""
        at = self._address(url)
        return {
            "name": self.name,
            "website": at,
            "client_type": self.kind,
            "token_endpoint_auth_method": "none" if self.is_public else self.auth_method,
            "pkce": self.pkce,
            "redirect_uris": _filled(self.redirect_uris, at),
            "post_logout_redirect_uris": _filled(self.post_logout_redirect_uris, at),
            "backchannel_logout_uri": self.backchannel_logout_uri.replace(_URL, at),
            "scopes": to_text(to_set(self.scopes)),
            "claims_in_id_token": self.claims_in_id_token,
        }

    def paste(self, *, url: str, client_id: str, secret: str) -> str:
        """Return the lines to enter in the app. Raises InvalidURL."""
        filled = self.lines.replace(_URL, self._address(url)).replace("<client_id>", client_id)
        filled = filled.replace("<issuer>", settings.SITE_URL)
        return filled.replace("<client_secret>", secret).strip() + "\n"

    def _address(self, url: str) -> str:
        """Return `url` without its final slash; "" where the app needs none."""
        if not self.needs_url:
            return ""
        at = url.strip().rstrip("/")
        if not at:
            raise InvalidURL(f"{self.name} needs its address, such as https://app.example.")
        if problems := redirect_uris.address_problems(at):
            raise InvalidURL(" ".join(problems))
        if "?" in at:
            raise InvalidURL(f"{at}: must be an address without a query (?).")
        return at


@cache
def presets() -> dict[str, Preset]:
    """Return all presets by their keys, in the order of their names."""
    read = tomllib.loads(_FILE.read_text())
    made = [Preset(key=key, **_frozen(table)) for key, table in read.items()]
    return {preset.key: preset for preset in sorted(made, key=lambda each: each.name.lower())}


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in table.items()
    }


def _filled(uris: tuple[str, ...], url: str) -> str:
    return " ".join(uri.replace(_URL, url) for uri in uris)
