"""Describe the file by a JSON Schema (draft 2020-12); docs/configuration.schema.json is a copy."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from accounts.configuration import fields
from accounts.configuration.fields import SWITCH, TEXT, TEXTS, Field
from accounts.entrance.sign_up_rule import Mode

VERSION = 1

_SLUG = {"type": "string", "pattern": "^[-a-zA-Z0-9_]{1,50}$"}
_CLIENT_ID = {"type": "string", "pattern": r"^[\x21-\x7e]{1,100}$"}
_SECRET = {
    "description": "Where the secret is: it is never in this file. Left out: it stays as it is.",
    "type": "object",
    "properties": {
        "env": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
        "file": {"type": "string", "pattern": "^/"},
    },
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
}

_OF_WEBHOOKS = ("secret", "authorization_header")


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of Latchkey",
        "description": "Read by apply_config, written by export_config. What is left out stays.",
        "type": "object",
        "properties": {
            "version": {"const": VERSION},
            "sign_up": _sign_up(),
            "groups": {"type": "array", "items": _group()},
            "providers": {"type": "array", "items": _provider()},
            "clients": {"type": "array", "items": _client()},
            "resources": {"type": "array", "items": _resource()},
            "exchange_policies": {"type": "array", "items": _exchange_policy()},
            "cross_app_policies": {"type": "array", "items": _cross_app_policy()},
            "webhooks": {"type": "array", "items": _webhook()},
        },
        "required": ["version"],
        "additionalProperties": False,
    }


def _sign_up() -> dict[str, Any]:
    words = (
        "The site's own rule, which its environment states (SIGN_UP, SIGN_UP_DOMAINS): a site that "
        "states another one refuses the file."
    )
    return _object({"mode": fields.one_of(Mode), "domains": TEXTS}, ["mode"], words)


def _group() -> dict[str, Any]:
    told = {
        "slug": _SLUG,
        **_properties(fields.GROUP),
        "description": TEXT,
        "permissions": {
            "description": "What its members may do in Django admin, each as app.codename.",
            "type": "array",
            "items": {"type": "string", "pattern": r"^\w+\.\w+$"},
        },
        "rules": {
            "type": "array",
            "items": _object(_properties(fields.RULE), ["kind"]),
        },
    }
    return _object(told, ["slug", "name"])


def _provider() -> dict[str, Any]:
    told = {
        "provider": TEXT | {"minLength": 1},
        "provider_id": TEXT | {"description": "OpenID Connect only."},
        **_properties(fields.PROVIDER),
        **_properties(fields.PROVIDER_SETTINGS),
        "settings": {
            "description": "Further settings that django-allauth documents.",
            "type": "object",
        },
        "client_secret": _SECRET,
        "private_key": _SECRET,
    }
    return _object(told, ["provider", "name", "client_id"])


def _client() -> dict[str, Any]:
    told_of = {"group": _SLUG, "value": TEXT}
    told = {
        "client_id": _CLIENT_ID,
        **_properties(fields.CLIENT),
        "groups": {
            "description": "Slugs of the groups whose people may use it; null: everybody.",
            "type": ["array", "null"],
            "items": _SLUG,
        },
        "told_groups": {
            "description": "The groups that it is told of, in order, and as what.",
            "type": "array",
            "items": _object(told_of, ["group"]),
        },
        "client_secret": _SECRET,
    }
    return _object(told, ["client_id", "name"])


def _resource() -> dict[str, Any]:
    told = {
        "identifier": TEXT | {"minLength": 1, "description": "Its address, as apps ask for it."},
        **_properties(fields.RESOURCE),
        "scopes": {
            "description": "Each with the sentence that people read.",
            "type": "object",
            "additionalProperties": TEXT | {"minLength": 1},
        },
        "apps": {
            "description": "Client IDs of the listed apps.",
            "type": "array",
            "items": _CLIENT_ID,
        },
        "server": {
            "description": "The client ID with which it asks whether a token is good.",
            "type": ["string", "null"],
        },
    }
    return _object(told, ["identifier", "name"])


def _exchange_policy() -> dict[str, Any]:
    told = {
        "client": _CLIENT_ID | {"description": "The client ID of the app that exchanges."},
        "source": _CLIENT_ID | {"description": "The client ID of the app whose tokens they are."},
        "may_impersonate": SWITCH,
    }
    return _object(told, ["client", "source"])


def _cross_app_policy() -> dict[str, Any]:
    told = {
        "client": _CLIENT_ID | {"description": "The client ID of the app that acts."},
        "audience": TEXT | {"minLength": 1, "description": "The issuer of the other server."},
        **_properties(fields.CROSS_APP),
        "relying_party": _CLIENT_ID | {"description": "By which it signs people in here."},
        "groups": {
            "description": "Slugs of the groups for whose people it may; null: everybody.",
            "type": ["array", "null"],
            "items": _SLUG,
        },
    }
    return _object(told, ["client", "audience", "client_there", "relying_party"])


def _webhook() -> dict[str, Any]:
    told = {**_properties(fields.WEBHOOK), **dict.fromkeys(_OF_WEBHOOKS, _SECRET)}
    return _object(told, ["name", "url", "kinds"])


def _properties(listed: Iterable[Field]) -> dict[str, Any]:
    return {
        field.name: field.schema | ({"description": field.about} if field.about else {})
        for field in listed
    }


def _object(properties: dict[str, Any], required: list[str], words: str = "") -> dict[str, Any]:
    told = {"type": "object", "properties": properties, "required": required}
    about = {"description": words} if words else {}
    return about | told | {"additionalProperties": False}


def site_rule() -> dict[str, Any]:
    """Return what the file says of the site's own rule for sign-up."""
    return {"mode": settings.SIGN_UP, "domains": list(settings.SIGN_UP_DOMAINS)}
