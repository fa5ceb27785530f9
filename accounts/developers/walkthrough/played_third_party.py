"""Play the third party of the seven steps: this site's own endpoints, in place of the network.

So the code by which this site is a client runs as it does for everybody, up to the socket.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from accounts.developers import own_requests
from accounts.oauth_server.exchanges import wire

# Changes what is sent to the path, or what is answered there.
ChangeSent = Callable[[str, requests.PreparedRequest], None]
ChangeAnswer = Callable[[str, HttpResponse], None]


@dataclass(frozen=True)
class Exchange:
    """Hold what one call sent, as it goes over the wire with secrets cut short, and its answer."""

    path: str
    sent: str
    response: HttpResponse


class PlayedThirdParty(HTTPAdapter):
    """Answer calls to this site's own address, and no others."""

    def __init__(
        self, by: HttpRequest, change_sent: ChangeSent, change_answer: ChangeAnswer
    ) -> None:
        super().__init__()
        self._by = by
        self._change_sent = change_sent
        self._change_answer = change_answer
        self.exchanges: list[Exchange] = []

    def send(  # type: ignore[override] # how it would be sent does not matter here
        self, request: requests.PreparedRequest, **_: Any
    ) -> requests.Response:
        url = request.url or ""
        if not url.startswith(f"{settings.SITE_URL}/"):
            raise requests.ConnectionError("no address of this site's")
        path = urlsplit(url).path
        self._change_sent(path, request)
        response = self._answered(path, request)
        self._change_answer(path, response)
        self.exchanges.append(Exchange(path, _written(path, request), response))
        return self.build_response(request, _raw(response))

    def _answered(self, path: str, request: requests.PreparedRequest) -> HttpResponse:
        kept = {"authorization", "accept"}
        sent: Mapping[str, Any] = request.headers
        headers = {name: str(sent[name]) for name in sent if name.lower() in kept}
        method, body = request.method or "GET", _text(request.body)
        return own_requests.send(self._by, path, method=method, body=body, headers=headers)


def _raw(response: HttpResponse) -> HTTPResponse:
    return HTTPResponse(
        body=io.BytesIO(response.content),
        headers={**dict(response.items()), "Content-Length": str(len(response.content))},
        status=response.status_code,
        preload_content=False,
    )


def _text(body: Any) -> str:
    return body.decode() if isinstance(body, bytes) else str(body or "")


def _written(path: str, request: requests.PreparedRequest) -> str:
    lines = [f"{request.method} {path} HTTP/1.1", f"Host: {wire.host()}"]
    kind, _, credential = str(request.headers.get("Authorization", "")).partition(" ")
    if kind == "Basic":
        lines.append("Authorization: Basic (client ID and secret)")
    elif kind:
        lines.append(f"Authorization: {kind} {wire.short(credential)}")
    if body := _text(request.body):
        lines += ["", wire.form_of(dict(parse_qsl(body)))]
    return "\n".join(lines)
