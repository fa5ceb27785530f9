"""Write requests and answers as they go over the wire, with secrets cut short."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from django.conf import settings
from django.http import HttpResponse

from accounts.oauth_server.clients import assertions
from accounts.oauth_server.models import Client

_SECRETS = frozenset(
    {
        *("code", "code_verifier", "access_token", "refresh_token", "id_token", "device_code"),
        *("client_secret", "client_assertion", "state", "nonce"),
    }
)
_SHOWN = 12  # characters of a secret
_CORE, _CODE = "OpenID Connect Core section 3.1.2.6", "RFC 6749 section 4.1.2.1"
_AT_AUTHORIZE = {
    "login_required": _CORE,
    "consent_required": _CORE,
    "interaction_required": _CORE,
    "account_selection_required": _CORE,
    "unmet_authentication_requirements": "OpenID Connect Core Unmet Authentication Requirements",
}
_WAITING = ("authorization_pending", "slow_down", "expired_token")


@dataclass(frozen=True)
class Step:
    """Hold one exchange: what was sent and answered, and what that means. `documents` are decoded,
    by their titles; `checks` are what an app has to look at, and whether it was so."""

    title: str
    sent: str = ""
    answered: str = ""
    error: str = ""
    description: str = ""
    rule: str = ""
    note: str = ""
    documents: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, bool] = field(default_factory=dict)


def as_json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def redirect(address: str) -> str:
    """Return the request that a browser is sent to `address` for."""
    parts = urlsplit(address)
    return f"GET {parts.path}?{form_of(dict(parse_qsl(parts.query)))} HTTP/1.1\nHost: {host()}"


def redirected(address: str, parameters: Mapping[str, str]) -> str:
    """Return the answer that sends a browser to `address`."""
    return f"HTTP/1.1 302 Found\nLocation: {address}?{form_of(parameters)}"


def post(path: str, client: Client, form: Mapping[str, str]) -> str:
    """Return the form that `client` would post, with how it would prove itself."""
    header, body = _proof(client)
    lines = [f"POST {path} HTTP/1.1", f"Host: {host()}", *header]
    lines += ["Content-Type: application/x-www-form-urlencoded", "", form_of({**form, **body})]
    return "\n".join(lines)


def get(path: str, token: str) -> str:
    """Return the request of a resource by a bearer token."""
    return f"GET {path} HTTP/1.1\nHost: {host()}\nAuthorization: Bearer {short(token)}"


def answer(response: HttpResponse) -> str:
    """Return the status, the headers that matter and the body of an answer."""
    lines = [f"HTTP/1.1 {response.status_code} {response.reason_phrase}"]
    names = ("Content-Type", "Cache-Control", "WWW-Authenticate")
    lines += [f"{name}: {response[name]}" for name in names if name in response]
    body = response.content.decode()
    told = json.loads(body) if "json" in response["Content-Type"] else short(body)
    shown = as_json(cut(told)) if isinstance(told, dict) else told
    return "\n".join([*lines, "", shown])


def rule(error: str) -> str:
    """Return where the specifications say what `error` means."""
    if error in _WAITING:
        return "RFC 8628 section 3.5"
    return _AT_AUTHORIZE.get(error, "RFC 6749 section 5.2")


def rule_at_authorize(error: str) -> str:
    return _AT_AUTHORIZE.get(error, _CODE)


def _proof(client: Client) -> tuple[list[str], dict[str, str]]:
    method = client.token_endpoint_auth_method
    if client.is_public:
        return [], {"client_id": client.client_id}
    if method == client.PRIVATE_KEY_JWT:
        named = {"client_assertion_type": assertions.TYPE}
        return [], named | {"client_assertion": "(a JWT signed by the app)"}
    if method == client.CLIENT_SECRET_POST:
        return [], {"client_id": client.client_id, "client_secret": "(the app’s)"}
    return ["Authorization: Basic (client ID and secret)"], {}


def form_of(parameters: Mapping[str, str]) -> str:
    """Return them encoded, one a line."""
    return "\n&".join(f"{name}={_encoded(name, value)}" for name, value in parameters.items())


def _encoded(name: str, value: str) -> str:
    if value.startswith("("):  # a word in the place of what is not known
        return value
    return short(value) if name in _SECRETS else quote(value, safe="~")


def cut(told: dict[str, Any]) -> dict[str, Any]:
    return {name: short(each) if name in _SECRETS else each for name, each in told.items()}


def short(secret: Any) -> Any:
    is_long = isinstance(secret, str) and len(secret) > _SHOWN
    return f"{secret[:_SHOWN]}…" if is_long else secret


def host() -> str:
    return urlsplit(settings.SITE_URL).netloc
