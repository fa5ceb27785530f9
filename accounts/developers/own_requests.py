"""Send requests of this site's own to its own endpoints, within this process.

Over HTTP to itself, a site with one worker would wait for itself forever. So a request goes through
the middleware of programs, the URLconf and the view as if it had come in, and no socket is opened:
there is no address but this site's own that it could reach.
"""

import io
from collections.abc import Mapping
from contextvars import copy_context
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse

from accounts.network.client_address import client_address
from accounts.site.short_way import answer

FORM = "application/x-www-form-urlencoded"


def send(
    by: HttpRequest,
    path: str,
    *,
    method: str = "GET",
    body: str = "",
    content_type: str = FORM,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Send a request to `path` (with its query) as a program would at the address of whoever asks
    `by`. It carries no cookie: it speaks for nobody but whom its headers name."""
    content = body.encode()
    environ = environ_of(by, path, method, content, headers or {})
    if content:
        environ |= {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(content))}
    # What the request notes of itself, such as its ID in the log, is not to replace what `by` did.
    return copy_context().run(_answered, WSGIRequest(environ))


def environ_of(
    by: HttpRequest, path: str, method: str, content: bytes, headers: Mapping[str, str]
) -> dict[str, Any]:
    """Return what the gateway would say of such a request."""
    parts, origin = urlsplit(path), urlsplit(settings.SITE_URL)
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path, "latin-1"),  # PEP 3333
        "QUERY_STRING": parts.query,
        "SERVER_NAME": origin.hostname or "",
        "SERVER_PORT": str(origin.port or (443 if origin.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": origin.netloc,
        "wsgi.url_scheme": origin.scheme,
        "wsgi.input": io.BytesIO(content),
        "REMOTE_ADDR": client_address(by),
    }
    named = {name.upper().replace("-", "_"): value for name, value in headers.items()}
    return environ | {f"HTTP_{name}": value for name, value in named.items()}


def _answered(request: WSGIRequest) -> HttpResponse:
    response = answer(request)
    if isinstance(response, SimpleTemplateResponse):
        response.render()
    return response
