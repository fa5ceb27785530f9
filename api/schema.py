"""Describe the API in OpenAPI 3.1: each Resource by what it says of itself and by what it inherits.

Docstrings are for who works on this code, so none is in the document. What a serializer is, its
`description` says to consumers, and `example` where what is made of its fields would mislead.
"""

from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.fields import empty

from accounts.oauth_server.rules.scopes import SCOPES, Holder, held_by
from api import examples, operations
from api.describing import Said, said_of
from api.permissions import ANY
from api.resource import Resource
from api.serializers import ProblemSerializer

APP, SCRIPT = "accessToken", "personalToken"


class ResourceSchema(AutoSchema):
    """Describe one operation of a Resource, as `@describe` says above it. Other views have none."""

    def get_operation(self, *where: Any) -> Any:
        if not isinstance(self.view, Resource):
            return None
        operation = super().get_operation(*where)
        if operation is None:
            return None
        self.resolve_serializer(ProblemSerializer, "response")
        declared = [status for status in operation["responses"] if status >= "400"]
        operations.complete(operation, self.view, self.method, declared)
        return operation

    def get_operation_id(self) -> str:
        return self._said.operation_id or super().get_operation_id()

    def get_summary(self) -> str:
        return self._said.summary

    def get_description(self) -> str:  # type: ignore[override]
        return self._said.description  # not the docstring

    def get_override_parameters(self) -> list[Any]:
        return list(self._said.parameters)

    def get_request_serializer(self) -> Any:
        said = self._said.request
        return super().get_request_serializer() if said is empty else said

    def get_response_serializers(self) -> Any:
        return self._said.responses

    @property
    def _said(self) -> Said:
        return said_of(self.view, self.method)

    def get_tags(self) -> list[str]:
        """Return what the address is about: of a person's own, which."""
        names = [name for name in self.path.split("/")[3:] if name]
        return [names[1] if names[0] == "me" and len(names) > 1 else names[0]]

    def is_deprecated(self) -> bool:
        return getattr(self.view, "deprecated", None) is not None

    def _resolve_path_parameters(self, variables: list[str]) -> list[Any]:
        told = super()._resolve_path_parameters(variables)  # type: ignore[no-untyped-call]
        for each in told:
            each["description"] = f"The identifier of the {each['name']}, as the list has it."
            each["schema"] = {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}
            each["example"] = "Zm9vYmFyYmF6cXV4MTIzNA"
        return list(told)

    def _postprocess_serializer_schema(self, schema: Any, serializer: Any, direction: str) -> Any:
        schema = super()._postprocess_serializer_schema(schema, serializer, direction)  # type: ignore[no-untyped-call]
        schema.pop("description", None)
        if said := getattr(serializer, "description", ""):
            schema["description"] = said
        if direction == "request":
            schema["additionalProperties"] = False
        if said := getattr(serializer, "example", None):
            schema["examples"] = [said]
        return schema


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "api.authentication.BearerAuthentication"
    name = [APP, SCRIPT]

    def get_security_definition(self, auto_schema: AutoSchema) -> Any:
        return [_of_apps(), _of_scripts()]

    def get_security_requirement(self, auto_schema: AutoSchema) -> Any:
        view: Any = auto_schema.view
        # Which sign-in it takes is no scope: the 401 of each operation says that (RFC 9470).
        scope = view.required_scopes[auto_schema.method]
        if scope == ANY:
            return [{APP: []}, {SCRIPT: []}]
        is_of = {APP: Holder.PERSON | Holder.CLIENT, SCRIPT: Holder.PERSONAL_TOKEN}
        holders = SCOPES[scope].holders if scope in SCOPES else Holder.PERSON
        return [{name: [scope]} for name, holder in is_of.items() if holder & holders]


def _of_apps() -> dict[str, Any]:
    token = settings.SITE_URL + reverse("oauth_server:token")
    code = {
        "authorizationUrl": settings.SITE_URL + reverse("oauth_server:authorize"),
        "tokenUrl": token,
        "refreshUrl": token,
        "scopes": _scopes(Holder.PERSON),
    }
    itself = {"tokenUrl": token, "scopes": _scopes(Holder.CLIENT)}
    return {
        "type": "oauth2",
        "description": "An access token that a client app was given, in the Authorization header "
        "as “Bearer …”. It opens what its scopes say. An app gets one by the authorization code "
        "flow with PKCE (RFC 7636), by the device flow (RFC 8628), which "
        "OpenAPI 3.1 has no field for, or for itself by its credentials. The metadata of the site "
        "have all addresses (RFC 8414).",
        "flows": {"authorizationCode": code, "clientCredentials": itself},
    }


def _of_scripts() -> dict[str, Any]:
    return {
        "type": "http",
        "scheme": "bearer",
        "description": "A personal access token (lk_pat_…) that a person made for their own "
        "scripts, on the page for that. The names beside it are scopes that it has to have.",
    }


def _scopes(holder: Holder) -> dict[str, str]:
    held = held_by(holder)
    return {name: str(scope.sentence) for name, scope in SCOPES.items() if name in held}


def complete(result: dict[str, Any], **how: Any) -> dict[str, Any]:
    """Add what operations share, the ways from one to the next, and examples. Called by
    drf-spectacular when the operations are there."""
    components = result["components"]
    components |= {
        "examples": operations.examples(),
        "headers": dict(operations.HEADERS),
        "parameters": dict(operations.PARAMETERS),
    }
    for path, item in result["paths"].items():
        for operation in item.values():
            _add_links(result["paths"], path, operation)
            examples.add(operation, components["schemas"])
    tags = {
        tag for item in result["paths"].values() for each in item.values() for tag in each["tags"]
    }
    result["tags"] = [{"name": tag} for tag in sorted(tags)]
    _leave_out_unused(result)
    return result


def _add_links(paths: dict[str, Any], path: str, operation: dict[str, Any]) -> None:
    """Say how what is answered names the address of one thing: of a list the first."""
    for status, pointer in (("200", "/0/id"), ("201", "/id")):
        answer = operation["responses"].get(status)
        if answer is None or (status == "200" and not operations.is_list(operation)):
            continue
        links = dict(_links(paths, path, f"$response.body#{pointer}"))
        if links:
            answer["links"] = links


def _links(paths: dict[str, Any], path: str, expression: str) -> Any:
    for other, item in paths.items():
        if not other.startswith(f"{path}/{{"):
            continue
        name = other.removeprefix(f"{path}/{{").partition("}")[0]
        for each in item.values():
            yield (
                each["operationId"],
                {
                    "operationId": each["operationId"],
                    "parameters": {name: expression},
                },
            )


def _leave_out_unused(result: dict[str, Any]) -> None:
    used: set[str] = set()
    waiting: list[Any] = [result["paths"]]
    components = result["components"]
    while waiting:
        said = waiting.pop()
        if isinstance(said, list):
            waiting.extend(said)
        elif isinstance(said, dict):
            waiting.extend(said.values())
            pointer = said.get("$ref")
            if isinstance(pointer, str) and pointer not in used:
                used.add(pointer)
                _, _, kind, name = pointer.split("/")
                waiting.append(components[kind][name])
    for kind in ("examples", "headers", "parameters", "schemas"):
        components[kind] = {
            name: said
            for name, said in components[kind].items()
            if f"#/components/{kind}/{name}" in used
        }
