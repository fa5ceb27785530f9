"""Write the lines that a client's people can run as they are: with its ID, its addresses and, while
it is shown, its secret filled in. tests/interop runs them.

An angle bracket is a blank. Each value is quoted as its language wants, for a client may have
chosen it: nobody's shell is to run what stands in a redirect URI.
"""

import json
import re
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from accounts.oauth_server.clients.kinds import kind_of
from accounts.oauth_server.clients.ready_texts import CODE, FLOWS, PROOFS, SIGNING
from accounts.oauth_server.models import Client
from accounts.oauth_server.models.client import CLIENT_CREDENTIALS
from accounts.oauth_server.rules.scopes import Holder, to_text

NO_SECRET_SHOWN = "THE_SECRET_THAT_IT_HAS"  # noqa: S105 (a blank)

_ENDPOINTS = {
    "authorization_endpoint": "authorize",
    "token_endpoint": "token",
    "device_authorization_endpoint": "device-authorization",
    "userinfo_endpoint": "userinfo",
    "introspection_endpoint": "introspect",
    "revocation_endpoint": "revoke",
    "end_session_endpoint": "logout",
    "jwks_uri": "jwks",
}
_OF_GRANTS = {
    "machine": ("token_endpoint", "jwks_uri"),
    "resource-server": ("introspection_endpoint", "token_endpoint"),
    "device": ("device_authorization_endpoint", "token_endpoint", "userinfo_endpoint"),
}
_OF_PEOPLE = (
    *("authorization_endpoint", "token_endpoint", "userinfo_endpoint"),
    *("end_session_endpoint", "jwks_uri"),
)


@dataclass(frozen=True)
class Lines:
    """Hold the lines for one tool."""

    title: str
    text: str


def endpoints(client: Client) -> dict[str, str]:
    """Return where a client of this kind turns to, by the names of RFC 8414."""
    names = _OF_GRANTS.get(kind_of(client).key, _OF_PEOPLE)
    return {name: _url(name) for name in names}


def all_endpoints() -> dict[str, str]:
    """Return where clients turn to, of whatever kind they are."""
    return {name: _url(name) for name in _ENDPOINTS}


def discovery() -> str:
    return f"{settings.SITE_URL}/.well-known/openid-configuration"


def ready_lines(client: Client, secret: str = "") -> list[Lines]:
    """Return the lines for `client`, with `secret` or, where it is not shown, a word for it."""
    values = _values(client, secret or NO_SECRET_SHOWN)
    flow = FLOWS.get(kind_of(client).key, CODE)
    made = [
        Lines("curl", _filled(flow.curl, values, shlex.quote) if _can_curl(client) else ""),
        Lines("Python (Authlib)", _filled(flow.python, values, json.dumps)),
        Lines("JavaScript (openid-client)", _filled(flow.javascript, values, json.dumps)),
        Lines("Environment variables", _environment(client, values)),
    ]
    return [each for each in made if each.text]


def _can_curl(client: Client) -> bool:
    return not client.authenticates_by_assertion


def _url(name: str) -> str:
    return settings.SITE_URL + reverse(f"oauth_server:{_ENDPOINTS[name]}")


def _values(client: Client, secret: str) -> dict[str, str]:
    holder = Holder.CLIENT if _acts_for_itself(client) else Holder.PERSON
    return {
        "issuer": settings.SITE_URL,
        "client_id": client.client_id,
        "client_secret": secret,
        "redirect_uri": client.redirect_uris.partition(" ")[0],
        "scope": to_text(client.allowed_scopes(holder)),
        **all_endpoints(),
        **_proofs(client, secret),
    }


def _acts_for_itself(client: Client) -> bool:
    return kind_of(client).grant_types == CLIENT_CREDENTIALS


def _proofs(client: Client, secret: str) -> dict[str, str]:
    """Return how the client proves itself, written for each language: blanks in capitals."""
    insecure = settings.SITE_URL.startswith("http://")  # a machine's own, without TLS
    method = "none" if client.is_public else client.token_endpoint_auth_method
    javascript, python, curl = PROOFS[method]
    options = ", { execute: [oidc.allowInsecureRequests] }" if insecure else ""
    told = {"client_id": client.client_id, "client_secret": secret}
    pair = told | {"pair": f"{client.client_id}:{secret}", "token_endpoint": _url("token_endpoint")}
    pair |= {f"{name}_parameter": f"{name}={value}" for name, value in told.items()}
    return {
        "PROOF_JS": _filled(javascript, pair, json.dumps) + options,
        "PROOF_PY": _filled(python, pair, json.dumps),
        "PROOF_CURL": _filled(curl, pair, shlex.quote),
        "PROOF_IMPORT": SIGNING if client.authenticates_by_assertion else "",
    }


def _filled(text: str, values: dict[str, str], quote: Callable[[str], str]) -> str:
    def value(blank: re.Match[str]) -> str:
        name = blank[1]
        if name.isupper():
            return values[name]
        if name.endswith("_encoded"):  # within a URL that is quoted already
            return urlencode({"": values[name.removesuffix("_encoded")]})[1:]
        if name.startswith("scope="):
            return quote(f"scope={values['scope']}")
        return quote(values[name])

    return re.sub(r"<([A-Za-z_=]+)>", value, text.strip())


def _environment(client: Client, values: dict[str, str]) -> str:
    names = ["issuer", "client_id"]
    names += ["client_secret"] if client.has_secrets else []
    names += ["redirect_uri"] if values["redirect_uri"] else []
    return "".join(_variables([*names, "scope"], values))


def _variables(names: Iterable[str], values: dict[str, str]) -> Iterable[str]:
    return (f"OIDC_{name.upper()}={shlex.quote(values[name])}\n" for name in names)
