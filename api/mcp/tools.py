"""Make tools of the API's own resources: what is below /api/v1/me, for who may have it by an app.

Each is made of the API's description, so that a resource that is added there is a tool. A call is
answered by the view of the resource itself, with its scope, its limit and its events.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlencode

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.urls import resolve
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.developers.own_requests import environ_of
from accounts.oauth_server import bearer
from accounts.oauth_server.rules.scopes import SCOPES, Holder
from api.authentication import BearerAuthentication, Caller, access_of
from api.described import description
from api.operations import is_list

_ROOM = "/api/v1/me"
_REF = "#/components/schemas/"
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,255}")
_NEXT = re.compile(r'<[^>]*[?&]cursor=([^&>]+)[^>]*>; rel="next"')
_PAGED = "The entries come in pages: where there is a next_cursor, send it as cursor for the next."


class BadArguments(Exception):
    """Report arguments that a tool does not take, in words for whoever calls it."""


@dataclass(frozen=True)
class Tool:
    """Describe one tool: `places` says of each argument where the resource takes it, in its
    "path", its "query" or its "body"."""

    name: str
    title: str
    scope: str
    method: str
    path: str
    places: Mapping[str, str]
    schema: Mapping[str, Any]
    answers: Mapping[str, Any] | None
    view: Any
    is_list: bool

    def told(self) -> dict[str, Any]:
        """Return what a client is told of it."""
        reads = self.method == "GET"
        said = {
            "name": self.name,
            "title": self.title,
            "description": f"{self.title}.{f' {_PAGED}' if self.is_list else ''}",
            "inputSchema": self.schema,
            "annotations": {
                "readOnlyHint": reads,
                "destructiveHint": self.method == "DELETE",
                "idempotentHint": True,
                "openWorldHint": False,
            },
        }
        return said | ({"outputSchema": self.answers} if self.answers else {})


class _HandedOn(BearerAuthentication):
    """Take what the token of the call was found to allow: a proof of possession is good once."""

    def authenticate(self, request: Request) -> tuple[Caller, bearer.Access]:
        handed: Any = request._request
        return Caller(handed.access), handed.access


def all_of_them() -> "dict[str, Tool]":
    """Return the tools by name, always in the same order."""
    return _made(settings.SITE_URL, tuple(SCOPES))


def open_to(access: bearer.Access) -> list[Tool]:
    """Return the tools that the token opens, or that its client may ask its person to open: else
    nobody would know what to ask for."""
    scopes = bearer.within_reach(access)
    return [tool for tool in all_of_them().values() if tool.scope in scopes]


def call(tool: Tool, arguments: Mapping[str, Any], request: Request, metadata: str) -> Response:
    """Return the answer of the resource to a call that came with `request`. Raises BadArguments."""
    sent = _sorted_out(tool, arguments)
    path = tool.path.format(**sent["path"])
    query = f"?{urlencode(sent['query'])}" if sent["query"] else ""
    content = json.dumps(sent["body"]).encode() if tool.method == "PATCH" else b""
    agent = request.META.get("HTTP_USER_AGENT", "")
    headers = {"User-Agent": agent, "If-Match": "*"} if content else {"User-Agent": agent}
    environ = environ_of(request._request, path + query, tool.method, content, headers)
    environ |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(content))}
    inner: Any = WSGIRequest(environ)
    inner.access = access_of(request)
    view = tool.view.as_view(
        authentication_classes=(_HandedOn,), metadata=metadata, is_counted=False
    )
    answer: Response = view(inner, **sent["path"])
    return answer


def content_of(tool: Tool, answer: Response) -> Any:
    """Return what a tool answers: an object, as clients of before 2026-07-28 demand; a list comes
    as one, with what leads to its next page."""
    if not tool.is_list:
        return answer.data
    found = _NEXT.search(answer.get("Link", ""))
    return {"items": answer.data} | ({"next_cursor": unquote(found[1])} if found else {})


def _sorted_out(tool: Tool, arguments: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    sent: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "body": {}}
    for name, value in arguments.items():
        place = tool.places.get(name)
        if place is None:
            raise BadArguments(f"{tool.name} takes no argument “{name}”.")
        if place == "path" and not (isinstance(value, str) and _IDENTIFIER.fullmatch(value)):
            raise BadArguments(f"{name}: send the id as the list has it.")
        if place == "query" and type(value) not in (str, int):
            raise BadArguments(f"{name}: send a text or a number.")
        sent[place][name] = value
    missing = [name for name in tool.schema["required"] if name not in arguments]
    if missing:
        raise BadArguments(f"{tool.name} needs {', '.join(missing)}.")
    return sent


@lru_cache(maxsize=4)
def _made(site: str, scopes: tuple[str, ...]) -> dict[str, Tool]:
    document = description(site, scopes)
    paths = (path for path in document["paths"] if f"{path}/".startswith(f"{_ROOM}/"))
    return {tool.name: tool for path in paths for tool in _tools_at(path, document)}


def _tools_at(path: str, document: dict[str, Any]) -> Iterator[Tool]:
    view: Any = getattr(resolve(re.sub(r"{\w+}", "x", path)).func, "view_class")  # noqa: B009
    for method, scope in view.required_scopes.items():
        if Holder.PERSON not in SCOPES[scope].holders:  # of a person's own scripts
            continue
        operation = document["paths"][path][method.lower()]
        places, schema = _taken(operation, document)
        yield Tool(
            name=operation["operationId"],
            title=operation["summary"],
            scope=scope,
            method=method,
            path=path,
            places=places,
            schema=schema,
            answers=_answered(operation, document),
            view=view,
            is_list=is_list(operation),
        )


def _taken(
    operation: dict[str, Any], document: dict[str, Any]
) -> tuple[dict[str, str], dict[str, Any]]:
    """Return where each argument goes, and the schema of all of them."""
    places: dict[str, str] = {}
    properties: dict[str, Any] = {}
    parameters = [_looked_up(each, document) for each in operation.get("parameters", [])]
    for each in parameters:
        if each["in"] in ("path", "query"):
            places[each["name"]] = each["in"]
            properties[each["name"]] = each["schema"] | {"description": each["description"]}
    required = [name for name, place in places.items() if place == "path"]
    if "requestBody" in operation:
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        fields = _looked_up(body, document)["properties"]
        places |= dict.fromkeys(fields, "body")
        properties |= fields
    schema = {"type": "object", "properties": properties, "required": required}
    return places, _whole(schema | {"additionalProperties": False}, document)


def _answered(operation: dict[str, Any], document: dict[str, Any]) -> dict[str, Any] | None:
    content = operation["responses"].get("200", {}).get("content")
    if content is None:
        return None
    schema = content["application/json"]["schema"]
    if is_list(operation):
        properties = {"items": schema, "next_cursor": {"type": "string"}}
        schema = {"type": "object", "properties": properties, "required": ["items"]}
    return _whole(_looked_up(schema, document), document)


def _looked_up(said: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Return `said`, or what it refers to."""
    found: Any = said
    if "$ref" in said:
        found = document
        for step in said["$ref"].split("/")[1:]:
            found = found[step]
    return dict(found)


def _whole(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that refers to nothing outside of itself."""
    found: dict[str, Any] = {}
    waiting = set(_named(schema))
    while waiting:
        name = waiting.pop()
        found[name] = document["components"]["schemas"][name]
        waiting |= set(_named(found[name])) - found.keys()
    whole = schema | ({"$defs": dict(sorted(found.items()))} if found else {})
    return dict(json.loads(json.dumps(whole).replace(_REF, "#/$defs/")))


def _named(schema: Any) -> Iterator[str]:
    """Yield the names of the schemas that `schema` refers to."""
    yield from re.findall(rf'"{_REF}(\w+)"', json.dumps(schema))
