"""Serve the Model Context Protocol at /mcp, over its Streamable HTTP transport, without sessions
and without streams: each request is answered by itself, in JSON."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, cast

from django.conf import settings
from django.http import Http404
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.oauth_server.wire import cors
from accounts.site.problems import CONTENT_TYPE
from api.authentication import access_of
from api.mcp import messages, tools
from api.mcp.messages import INVALID_PARAMS, METHOD_NOT_FOUND, Message, MessageID, Refused
from api.permissions import ANY
from api.problems import Problem
from api.resource import Resource
from api.strict_json import JSONLine

_FIRST_SCOPE = "profile"  # of who has no token yet and calls no tool: what an app begins with
_METADATA = "oauth_server:mcp-resource"
_LASTS = 60_000  # milliseconds that a client may keep the list of tools
_PASSED_ON = ("WWW-Authenticate", "Retry-After")
_INSTRUCTIONS = (
    "What the person who let you in has at this site: their profile, connected accounts, sessions, "
    "apps and recent activity. Ask them before you change or remove anything."
)


class MCPView(Resource):
    """Answer one message each. A tool needs the scope of its resource; all else, a token."""

    schema = None  # it has a description of its own
    metadata = _METADATA

    def initial(self, request: Request, *args: Any, **named: Any) -> None:
        if not settings.MCP:
            raise Http404
        origin = request.META.get("HTTP_ORIGIN")
        if origin is not None and not cors.is_known(origin):  # DNS rebinding
            raise Problem("forbidden", "The origin of this page is registered with no app here.")
        super().initial(request, *args, **named)

    def scope_needed(self) -> str:
        name = self._tool()
        tool = tools.all_of_them().get(name) if name else None
        return tool.scope if tool else ANY

    def scope_told(self) -> str:
        return self.scope_needed() or _FIRST_SCOPE

    def _act(self, request: Request, **named: Any) -> Response:
        """Answer outside of a transaction: a resource has its own, or calls somebody."""
        work: Callable[..., Response] = getattr(self, str(request.method).lower())
        return work(request, **named)

    def post(self, request: Request) -> Response:
        found, answered = self._read
        try:
            if isinstance(found, Exception):
                raise found
            return self._answer(found, request)
        except Refused as refused:
            return Response(messages.failure(answered, refused), refused.status)

    @cached_property
    def _read(self) -> tuple[Message | Exception, MessageID]:
        """Read the message, once: return it, or why it is none, and its id. Whoever has no token
        is told that first."""
        said: Any = None
        try:
            said = self.request.data
            return messages.read(said, self.request.META), messages.id_in(said)
        except (Refused, APIException) as error:
            is_no_json = isinstance(error, Problem) and error.kind.name == "invalid-json"
            why = Refused(messages.PARSE_ERROR, "Parse error") if is_no_json else error
            return why, messages.id_in(said)

    def _tool(self) -> str:
        """Return the tool that the message calls, "" where it calls none or cannot be read."""
        found, _ = self._read
        return found.tool if isinstance(found, Message) else ""

    def _answer(self, message: Message, request: Request) -> Response:
        if message.id is None:
            return Response(status=202)
        if message.tool and message.tool in tools.all_of_them():
            return _called(message, request)
        known = _MODERN if message.is_modern else _LEGACY
        answer = known.get(message.method)
        if answer is None:
            status = 404 if message.is_modern else 200
            raise Refused(METHOD_NOT_FOUND, "Method not found", status=status)
        return _response(message, answer(message, request))


def _response(message: Message, told: dict[str, Any]) -> Response:
    return Response(messages.result(message, told, _server()))


def _called(message: Message, request: Request) -> Response:
    """Have the resource behind a tool answer. What is about the token or the limit is HTTP's own
    answer, by which clients come back with a better token or later."""
    tool, arguments = tools.all_of_them()[message.tool], message.params.get("arguments", {})
    if not isinstance(arguments, dict):
        raise Refused(INVALID_PARAMS, "arguments have to be an object.", status=200)
    try:
        answer = tools.call(tool, arguments, request, _METADATA)
    except tools.BadArguments as error:
        return _response(message, _text(str(error), is_error=True))
    if kept := {name: answer[name] for name in _PASSED_ON if name in answer}:
        return Response(answer.data, answer.status_code, None, kept, False, CONTENT_TYPE)
    told = _failed(answer) if answer.status_code >= 400 else _succeeded(tool, answer)
    return _response(message, told)


def _succeeded(tool: tools.Tool, answer: Response) -> dict[str, Any]:
    if answer.status_code == 204:
        return _text("Done.")
    content = tools.content_of(tool, answer)
    return _text(JSONLine().render(content).decode()) | {"structuredContent": content}


def _failed(answer: Response) -> dict[str, Any]:
    """Say what the resource refuses and why, so that whoever called can do better."""
    problem = cast(Mapping[str, Any], answer.data)
    errors = [
        f"{' '.join(value for name, value in each.items() if name != 'detail')}: {each['detail']}"
        for each in problem.get("errors", [])
    ]
    return _text("\n".join([str(problem["detail"]), *errors]), is_error=True)


def _text(text: str, *, is_error: bool = False) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text.strip()}], "isError": is_error}


def _server() -> dict[str, str]:
    version = settings.SPECTACULAR_SETTINGS["VERSION"]
    return {"name": "latchkey", "title": settings.SITE_NAME, "version": str(version)}


def _discovered(message: Message, request: Request) -> dict[str, Any]:
    return {
        "supportedVersions": list(messages.MODERN),
        "capabilities": {"tools": {}},
        "instructions": _INSTRUCTIONS,
        "ttlMs": _LASTS,
        "cacheScope": "public",
    }


def _initialized(message: Message, request: Request) -> dict[str, Any]:
    """Answer the handshake of before 2026-07-28: nothing of it is kept."""
    wanted = message.params.get("protocolVersion")
    return {
        "protocolVersion": wanted if wanted in messages.LEGACY else messages.LEGACY[0],
        "capabilities": {"tools": {}},
        "serverInfo": _server(),
        "instructions": _INSTRUCTIONS,
    }


def _listed(message: Message, request: Request) -> dict[str, Any]:
    if "cursor" in message.params:
        raise Refused(INVALID_PARAMS, "There is one page of tools.", status=200)
    told = {"tools": [tool.told() for tool in tools.open_to(access_of(request))]}
    return told | ({"ttlMs": _LASTS, "cacheScope": "private"} if message.is_modern else {})


def _unknown(message: Message, request: Request) -> dict[str, Any]:
    raise Refused(INVALID_PARAMS, f"Unknown tool: {message.tool or 'none is named'}", status=200)


def _pong(message: Message, request: Request) -> dict[str, Any]:
    return {}


_Answer = Callable[[Message, Request], dict[str, Any]]
_EITHER: dict[str, _Answer] = {"tools/list": _listed, "tools/call": _unknown}
_MODERN = _EITHER | {"server/discover": _discovered}
_LEGACY = _EITHER | {"initialize": _initialized, "ping": _pong}
