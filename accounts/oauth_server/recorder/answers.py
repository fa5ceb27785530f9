"""Write down what a client was answered: in JSON, in a JWT, or by way of the person's browser."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.http import HttpResponse

from accounts.oauth_server.authorization.responses import FormPost
from accounts.oauth_server.models import Client
from accounts.oauth_server.recorder.parameters import ANSWERED, Item
from accounts.oauth_server.recorder.redaction import (
    TEXT_LENGTH,
    Redaction,
    claim_names,
    jwt_facts,
    plain,
)
from accounts.oauth_server.rules.redirect_uris import scheme

_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")


def written(response: HttpResponse | None, by: Redaction) -> dict[str, Any]:
    """Return what is kept of the answer; None is one that failed here."""
    if response is None:
        return {}
    found: dict[str, Any] = {
        "content_type": response.get("Content-Type", "").partition(";")[0],
        "headers": [
            {"name": name, "value": plain(response[name])} for name in _HEADERS if name in response
        ],
    }
    if "Location" in response:
        return found | _redirect(response["Location"], by)
    if isinstance(response, FormPost):
        return found | {"to": by.address(response.redirect_uri)} | _back(response.parameters, by)
    return found | _content(found["content_type"], response, by)


def _content(content_type: str, response: HttpResponse, by: Redaction) -> dict[str, Any]:
    length = {"length": len(response.content)}
    if content_type == "application/jwt":
        return length | jwt_facts(response.content.decode())
    if content_type != "application/json":
        return length
    told = json.loads(response.content)
    listed = [(name, value) for name, value in told.items() if name in ANSWERED]
    claims = [name for name in told if name not in ANSWERED]
    return length | {
        "parameters": [by.item(name, _text(value), ANSWERED[name]) for name, value in listed],
        "names": claim_names(claims, _groups_claim(by.client)),
    }


def _groups_claim(client: Client) -> str:
    return client.groups_claim or "groups"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _redirect(location: str, by: Redaction) -> dict[str, Any]:
    """Return where the person was sent: to the client with an answer, or to a page on the way."""
    parts = urlsplit(location)
    is_relative = not parts.netloc and not parts.scheme
    if is_relative or location.startswith(f"{settings.SITE_URL}/"):
        return {"page": parts.path[:TEXT_LENGTH]}
    told = dict(parse_qsl(parts.query) + parse_qsl(parts.fragment))
    if told.get("iss") != settings.SITE_URL:
        return {"page": f"{scheme(location)}://{parts.netloc.rpartition('@')[2]}"[:TEXT_LENGTH]}
    to = parts._replace(query="", fragment="").geturl()
    return {"to": by.address(to)} | _back(told, by)


def _back(told: dict[str, str], by: Redaction) -> dict[str, list[Item]]:
    """Return the parameters that went back to the client; its own of its redirect URI are not
    among them."""
    return {
        "parameters": [
            by.item(name, told[name], ANSWERED[name]) for name in told if name in ANSWERED
        ]
    }


def error_of(answered: dict[str, Any]) -> tuple[str, str]:
    """Return the error in an answer and its description, "" where there is none."""
    told = {each["name"]: each.get("value", "") for each in answered.get("parameters", ())}
    return told.get("error", ""), told.get("error_description", "")
