"""Answer errors of the API as RFC 9457 problem details: a type, a title, a status, a sentence."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.oauth_server import bearer
from accounts.site import request_id
from api.authentication import TokenRefused, challenge
from api.permissions import ScopeMissing, SignInInsufficient

# In a header, so without the marks of typography.
_TOO_WEAK = "The person has to sign in anew, or in another way."

CONTENT_TYPE = "application/problem+json"


class Problem(exceptions.APIException):
    """Report a problem from a view. `kind` becomes the last part of its `type`."""

    def __init__(self, status: HTTPStatus, kind: str, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status_code, self.kind, self.title = status, kind, title


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Translate what a view raised, once, at the edge. Anything unforeseen stays a 500."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, DjangoPermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    return Response(_body(error), error.status_code, None, _headers(error), False, CONTENT_TYPE)


def _body(error: exceptions.APIException) -> dict[str, Any]:
    kind = getattr(error, "kind", None)
    body = {
        "type": f"urn:latchkey:problem:{kind}" if kind else "about:blank",
        "title": getattr(error, "title", HTTPStatus(error.status_code).phrase),
        "status": int(error.status_code),
        "request_id": request_id.current(),
    }
    if isinstance(error, exceptions.ValidationError):
        return body | {"detail": "Some values are not valid.", "errors": error.detail}
    return body | {"detail": str(error.detail)} | getattr(error, "demands", {})


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, TokenRefused):
        return headers | {"WWW-Authenticate": challenge(error.refused)}
    if isinstance(error, SignInInsufficient):
        refused = bearer.Refused("insufficient_user_authentication", _TOO_WEAK)
        return headers | {"WWW-Authenticate": challenge(refused, **error.demands)}
    if isinstance(error, ScopeMissing):
        refused = bearer.Refused("insufficient_scope", f"This needs the scope {error.scope}.")
        return headers | {"WWW-Authenticate": challenge(refused, scope=error.scope)}
    return headers
