"""Read the messages of the Model Context Protocol, and answer them: JSON-RPC 2.0 over HTTP.

Two ways of the protocol are spoken side by side. Since 2026-07-28 each request says by itself which
version it is of, and headers repeat what proxies route by: where those disagree, the request is
refused, or a proxy would let through what is not what it looks like. Before, a client shook hands
first (`initialize`). No session is kept for either, and no batch is taken, which 2025-03-26 had
alone.
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MODERN, LEGACY = ("2026-07-28",), ("2025-11-25", "2025-06-18", "2025-03-26")

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND = -32700, -32600, -32601
INVALID_PARAMS = -32602
HEADER_MISMATCH, UNSUPPORTED_VERSION = -32020, -32022

_OWN = "io.modelcontextprotocol/"
SERVER_INFO = f"{_OWN}serverInfo"
_VERSION, _CAPABILITIES = f"{_OWN}protocolVersion", f"{_OWN}clientCapabilities"

_CODED = ("=?base64?", "?=")  # around a name that a header cannot carry as it is

MessageID = str | int | None


class Refused(Exception):
    """Refuse a message by a JSON-RPC error; `status` is HTTP's."""

    def __init__(self, code: int, text: str, *, status: int = 400, **data: Any) -> None:
        super().__init__(text)
        self.status = status
        self.error = {"code": code, "message": text} | ({"data": data} if data else {})


@dataclass(frozen=True)
class Message:
    """Hold a request, or a notification: one without an `id`, which is not answered."""

    id: MessageID
    method: str
    params: Mapping[str, Any]
    is_modern: bool

    @property
    def tool(self) -> str:
        """Return the name of the tool that is called, "" where none is."""
        name = self.params.get("name") if self.method == "tools/call" else ""
        return name if isinstance(name, str) else ""


def read(said: Any, headers: Mapping[str, Any]) -> Message:
    """Return the message that a body of JSON `said`, which came with META `headers`. Raises
    Refused."""
    if not isinstance(said, dict) or said.get("jsonrpc") != "2.0":
        raise Refused(INVALID_REQUEST, "This is no single JSON-RPC 2.0 message.")
    method, params = said.get("method"), said.get("params", {})
    if not isinstance(method, str):
        raise Refused(INVALID_REQUEST, "There is no method: this server asks nothing of clients.")
    if not isinstance(params, dict) or not isinstance(params.get("_meta", {}), dict):
        raise Refused(INVALID_PARAMS, "params and its _meta have to be objects.")
    if "id" not in said:
        return _notification(method, params)
    if type(said["id"]) not in (str, int):
        raise Refused(INVALID_REQUEST, "The id has to be a string or a number, without a fraction.")
    sent = headers.get("HTTP_MCP_PROTOCOL_VERSION")
    is_modern = _VERSION in params.get("_meta", {}) or sent in MODERN
    message = Message(said["id"], method, params, is_modern)
    if is_modern:
        _check_modern(message, headers)
    elif sent is not None and sent not in LEGACY:
        raise _unsupported(sent, LEGACY)
    return message


def id_in(said: Any) -> MessageID:
    """Return the id of what may be no message; None where it has none that can be told."""
    found = said.get("id") if isinstance(said, dict) else None
    return found if type(found) in (str, int) else None


def result(message: Message, told: dict[str, Any], server: dict[str, str]) -> dict[str, Any]:
    """Return the answer to a request: since 2026-07-28 it says that it is all of it, and whose."""
    if message.is_modern:
        told = {"resultType": "complete"} | told | {"_meta": {SERVER_INFO: server}}
    return {"jsonrpc": "2.0", "id": message.id, "result": told}


def failure(answered: MessageID, refused: Refused) -> dict[str, Any]:
    """Return the answer that says why a message was refused."""
    named = {} if answered is None else {"id": answered}
    return {"jsonrpc": "2.0", **named, "error": refused.error}


def _notification(method: str, params: Mapping[str, Any]) -> Message:
    if not method.startswith("notifications/"):
        raise Refused(INVALID_REQUEST, "A request needs an id.")
    return Message(None, method, params, is_modern=False)


def _check_modern(message: Message, headers: Mapping[str, Any]) -> None:
    """Check what each request says of itself (2026-07-28, Streamable HTTP: server validation)."""
    meta = message.params.get("_meta", {})
    version = meta.get(_VERSION)
    if version is None or not isinstance(meta.get(_CAPABILITIES), dict):
        raise Refused(INVALID_PARAMS, f"_meta needs {_VERSION} and {_CAPABILITIES}.")
    _compare("MCP-Protocol-Version", headers, version)
    if version not in MODERN:
        raise _unsupported(version, MODERN)
    _compare("Mcp-Method", headers, message.method)
    if message.method == "tools/call":
        _compare("Mcp-Name", headers, message.params.get("name"), may_be_coded=True)


def _compare(
    name: str, headers: Mapping[str, Any], wanted: Any, *, may_be_coded: bool = False
) -> None:
    sent = headers.get(f"HTTP_{name.upper().replace('-', '_')}")
    found = _decoded(sent) if may_be_coded and sent else sent
    if found is None or found != wanted:
        raise Refused(HEADER_MISMATCH, f"The header {name} is not what the body says.")


def _decoded(sent: str) -> str | None:
    start, end = _CODED
    if not (sent.startswith(start) and sent.endswith(end)):
        return sent
    try:
        return b64decode(sent[len(start) : -len(end)], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _unsupported(version: Any, known: tuple[str, ...]) -> Refused:
    """Name the versions that are spoken the way the request is: those of server/discover, or those
    of the handshake."""
    text = "Unsupported protocol version"
    return Refused(UNSUPPORTED_VERSION, text, supported=list(known), requested=version)
