"""Guard a Django view by JWT access tokens, checked by the keys of the site that issued them.

Needs django, and PyJWT with cryptography. Set ISSUER and AUDIENCE, and run it with any WSGI server:
gunicorn guard_django:app
In a project of yours, copy `needs_scope` and `verified`.
"""

import os
from collections.abc import Callable
from functools import wraps
from typing import Any

import jwt
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

ISSUER = os.environ["ISSUER"]  # such as https://id.example.com
AUDIENCE = os.environ["AUDIENCE"]  # the identifier of the protected resource
keys = jwt.PyJWKClient(f"{ISSUER}/oauth/jwks/", lifespan=300)


def needs_scope(scope: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Let a view be called with a token that has `scope` alone: its claims come after `request`."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, **named: Any) -> HttpResponse:
            try:
                claims = verified(request.headers.get("Authorization", ""))
            except jwt.PyJWKClientConnectionError:  # the site is away: no fault of the token's
                return JsonResponse({}, status=503, headers={"Retry-After": "5"})
            except jwt.PyJWTError:
                return refusal(401, "invalid_token", scope)
            if "cnf" in claims or scope not in claims["scope"].split():
                return refusal(403, "insufficient_scope", scope)  # nor is a proof (cnf) read here
            return view(request, claims, **named)

        return guarded

    return decorate


def verified(header: str) -> dict[str, Any]:
    token = header.removeprefix("Bearer ")
    if jwt.get_unverified_header(token).get("typ") != "at+jwt":  # an ID token opens nothing
        raise jwt.InvalidTokenError("no access token")
    key = keys.get_signing_key_from_jwt(token)
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=[key.algorithm_name],
        issuer=ISSUER,
        audience=AUDIENCE,
        options={"require": ["exp", "iss", "aud", "sub"]},
    )
    return claims


def refusal(status: int, error: str, scope: str) -> HttpResponse:
    challenge = {"WWW-Authenticate": f'Bearer error="{error}", scope="{scope}"'}
    return JsonResponse({}, status=status, headers=challenge)


@needs_scope("calendar.read")
def calendar(request: HttpRequest, claims: dict[str, Any]) -> HttpResponse:
    return JsonResponse({"sub": claims["sub"]})


urlpatterns = [path("", calendar)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["localhost", "127.0.0.1"])
app = get_wsgi_application()
