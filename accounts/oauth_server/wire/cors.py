"""Allow cross-origin calls of browser-based apps (Fetch standard, "CORS protocol").

Metadata and keys are for every origin (settings.CORS_FOR_ALL). The endpoints of
settings.CORS_FOR_REGISTERED_ORIGINS are for the origins that are registered with clients
(Client.allowed_origins), compared to the letter. A preflight does not say which client will ask:
it is answered for an origin of any active client. The answer itself is readable for an origin of
the client that asked alone; where nobody knows which that was, as when its token has expired, or
where it was no client, as with a personal token, for an origin of any. Registration is for every
origin while everybody may register: there is no client yet that an origin could belong to.

Never with credentials: what browsers add of themselves, such as cookies, opens none of these.
"""

import re
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from accounts.oauth_server.models import Client

ALLOWED_HEADERS = (
    "Authorization, Content-Type, DPoP, If-Match, If-None-Match, Idempotency-Key, "
    "MCP-Protocol-Version, Mcp-Method, Mcp-Name"
)
EXPOSED_HEADERS = (
    "WWW-Authenticate, DPoP-Nonce, X-Request-ID, Retry-After, ETag, Link, Location, RateLimit, "
    "RateLimit-Policy, Idempotency-Replayed, Deprecation, Sunset"
)
MAX_AGE = 600  # seconds that a browser may remember the answer to a preflight

# RFC 6454 section 6.2, "null" excluded: every sandboxed page is that.
_ORIGIN = re.compile(r"[a-z][a-z0-9+.\-]*://[A-Za-z0-9.\-\[\]:]{1,255}")

_caller: ContextVar[str] = ContextVar("cors_caller", default="")


def note_caller(client_id: str) -> None:
    """Note which client the request at hand is from. Whoever authenticates one says so here."""
    _caller.set(client_id)


def caller() -> str:
    """Return which client the request at hand is from, "" where none has proved it."""
    return _caller.get()


def is_known(origin: str) -> bool:
    """Return whether pages of `origin` may call at all: this site's own, and those of clients."""
    return origin == settings.SITE_URL or _is_registered(origin, "")


class CrossOrigin:
    """Answer preflights, which come without a token and do nothing, and allow origins:
    middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(settings.CORS_FOR_ALL):
            return self._for_all(request, ["GET"])
        methods = _methods(request.path_info)
        if methods and _is_open_registration(request.path_info):
            return self._for_all(request, methods)
        if methods:
            return self._for_registered(request, methods)
        return self.get_response(request)

    def _for_all(self, request: HttpRequest, methods: list[str]) -> HttpResponse:
        preflight = _is_preflight(request)
        response = _preflight_answer(methods) if preflight else self.get_response(request)
        response["Access-Control-Allow-Origin"] = "*"
        return response

    def _for_registered(self, request: HttpRequest, methods: list[str]) -> HttpResponse:
        note_caller("")
        preflight = _is_preflight(request)
        response = _preflight_answer(methods) if preflight else self.get_response(request)
        origin = request.META.get("HTTP_ORIGIN", "")
        if origin and _is_registered(origin, _caller.get()):
            response["Access-Control-Allow-Origin"] = origin
            response["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
        if "Vary" in response:
            patch_vary_headers(response, ["Origin"])
        else:
            response.headers["Vary"] = "Origin"
        return response


def _methods(path: str) -> list[str]:
    endpoints = settings.CORS_FOR_REGISTERED_ORIGINS
    return next((methods for start, methods in endpoints.items() if path.startswith(start)), [])


def _is_open_registration(path: str) -> bool:
    return bool(settings.REGISTRATION == "open" and path.startswith("/oauth/register/"))


def _is_preflight(request: HttpRequest) -> bool:
    asks = {"HTTP_ORIGIN", "HTTP_ACCESS_CONTROL_REQUEST_METHOD"} <= request.META.keys()
    return request.method == "OPTIONS" and asks


def _preflight_answer(methods: list[str]) -> HttpResponse:
    """Answer a preflight. Without Access-Control-Allow-Origin, which the origin decides, the rest
    allows nothing."""
    headers = {
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": ALLOWED_HEADERS,
        "Access-Control-Max-Age": str(MAX_AGE),
    }
    return HttpResponse(status=204, headers=headers)


def _is_registered(origin: str, client_id: str) -> bool:
    if not _ORIGIN.fullmatch(origin):
        return False
    clients = Client.objects.filter(is_active=True, allowed_origins__contains=origin)
    if client_id:
        clients = clients.filter(client_id=client_id)
    return any(client.origin_allowed(origin) for client in clients)
