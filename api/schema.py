"""Describe tokens in the OpenAPI schema: where they come from, which scopes open what."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from accounts.oauth_server.rules.scopes import SCOPES


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "api.authentication.BearerAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        code = {
            "authorizationUrl": settings.SITE_URL + reverse("oauth_server:authorize"),
            "tokenUrl": settings.SITE_URL + reverse("oauth_server:token"),
            "scopes": {name: str(scope.sentence) for name, scope in SCOPES.items()},
        }
        return {
            "type": "oauth2",
            "description": "An access token that a client app was given, or a personal access "
            "token (lk_pat_…) that a person made for their own scripts: both go into the "
            "Authorization header as “Bearer …”, and open what their scopes say.",
            "flows": {"authorizationCode": code},
        }

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[str]]:
        view: Any = auto_schema.view
        # Which sign-in it takes is no scope: the 401 of each operation says that (RFC 9470).
        return {self.name: [view.required_scope]}
