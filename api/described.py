"""Serve the API's own description in OpenAPI 3.1, to everybody: as JSON, or as YAML."""

import json
from functools import lru_cache
from typing import Any

import yaml
from django.conf import settings
from django.utils.translation import override
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.oauth_server.rules.scopes import SCOPES
from api.resource import Resource
from api.strict_json import JSONLine


class YAML(BaseRenderer):
    """Write YAML (RFC 9512)."""

    media_type = "application/yaml"
    format = "yaml"
    charset = "utf-8"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        if not isinstance(data, dict) or "openapi" not in data:  # a problem
            return bytes(JSONLine().render(data))
        return yaml.safe_dump(data, sort_keys=False, allow_unicode=True).encode()


class SchemaView(Resource):
    """Answer without a token, so without a limit of its own."""

    schema = None  # it is no part of what it describes
    renderer_classes = (JSONLine, YAML)  # type: ignore[assignment]

    def perform_authentication(self, request: Request) -> None:
        pass

    def check_throttles(self, request: Request) -> None:
        pass

    def check_permissions(self, request: Request) -> None:
        pass

    def get(self, request: Request) -> Response:
        return Response(description(settings.SITE_URL, tuple(SCOPES)))


@lru_cache(maxsize=4)
def description(site: str, scopes: tuple[str, ...]) -> dict[str, Any]:
    """Return the document: for one address and set of scopes always the same."""
    from drf_spectacular.generators import SchemaGenerator  # loaded by who makes it: describing.py

    with override("en"):  # which is all that the API speaks
        document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        told: dict[str, Any] = json.loads(JSONLine().render(document))
    return told
