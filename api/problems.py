"""Answer errors of the API as RFC 9457 problem details: a type, a title, a status, a sentence.

The types are registered in accounts/site/problems.py; each has a page at its own address.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.limits.rate_limits import LimitReached
from accounts.oauth_server import bearer
from accounts.site.problems import CONTENT_TYPE, PROBLEMS, body, of_status
from api.authentication import METADATA, TokenRefused, challenge
from api.permissions import NoPerson, ScopeMissing, SignInInsufficient

# In a header, so without the marks of typography.
_TOO_WEAK = "The person has to sign in anew, or in another way."


class Problem(exceptions.APIException):
    """Report a problem from a view by the name of its type. `errors` say what is wrong where: each
    has a `detail`, and a `pointer` into the body, a `parameter` or a `header`."""

    def __init__(
        self,
        name: str,
        detail: str = "",
        *,
        errors: Iterable[dict[str, str]] = (),
        **members: Any,
    ) -> None:
        self.kind, self.members = PROBLEMS[name], members
        super().__init__(detail or self.kind.cause)
        self.status_code = self.kind.status
        if errors:
            self.members["errors"] = list(errors)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Translate what a view raised, once, at the edge. Anything unforeseen stays a 500."""
    known, view = _known(error), context.get("view")
    if known is None:
        return None
    set_rollback()
    headers, told = _headers(known, view), _body(known)
    told["detail"] = _in_our_words(known, view) or told["detail"]
    return Response(told, known.status_code, None, headers, False, CONTENT_TYPE)


def _known(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, DjangoPermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, LimitReached):
        return Problem("too-many-requests", retry_after=error.seconds)
    if isinstance(error, exceptions.ValidationError):
        return Problem("invalid-fields", errors=pointed(error.detail))
    return error if isinstance(error, exceptions.APIException) else None


def _body(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, Problem):
        return body(error.status_code, error.kind, str(error.detail)) | error.members
    name = getattr(error, "problem", "")
    problem = PROBLEMS[name] if name else of_status(error.status_code)
    return body(error.status_code, problem, str(error.detail)) | getattr(error, "demands", {})


def _in_our_words(error: exceptions.APIException, view: Any) -> str:
    """Say what would do, where the framework's own words do not; "" where they stand."""
    if isinstance(error, exceptions.MethodNotAllowed):
        return f"This address takes {', '.join(view.allowed_methods)} alone."
    if isinstance(error, exceptions.NotAcceptable):
        formats = ", ".join(each.media_type for each in view.renderer_classes)
        return f"Accept names nothing that the answer can be: {formats}."
    if isinstance(error, exceptions.NotFound):
        return PROBLEMS["not-found"].cause
    if isinstance(error, exceptions.UnsupportedMediaType) and "Unsupported" in str(error.detail):
        formats = ", ".join(each.media_type for each in view.parser_classes)
        return f"Send the body as {formats}, and say so in Content-Type."
    return ""


def pointed(detail: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    """Yield what a serializer says is wrong, each with a JSON Pointer (RFC 6901) to where."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else f"/{escaped(str(name))}"
            yield from pointed(inner, pointer + step)
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            is_nested = isinstance(inner, dict | list)
            yield from pointed(inner, f"{pointer}/{position}" if is_nested else pointer)
    else:
        yield {"pointer": pointer, "detail": str(detail)}


def escaped(name: str) -> str:
    """Return the name of a member as a JSON Pointer has it (RFC 6901 section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


def _headers(error: exceptions.APIException, view: Any) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, Problem) and "retry_after" in error.members:
        headers["Retry-After"] = str(error.members["retry_after"])
    if refused := _refused(error):
        scope = view.scope_told() if hasattr(view, "scope_told") else None
        of_view = {"scope": scope} if scope else {}
        headers["WWW-Authenticate"] = challenge(
            refused,
            getattr(view, "metadata", METADATA),
            **getattr(error, "demands", {}),
            **of_view,
        )
    return headers


def _refused(error: exceptions.APIException) -> bearer.Refused | None:
    """Return what a challenge says of the error (RFC 6750 section 3, RFC 9470 section 3)."""
    if isinstance(error, TokenRefused):
        return error.refused
    if isinstance(error, SignInInsufficient):
        return bearer.Refused("insufficient_user_authentication", _TOO_WEAK)
    if isinstance(error, ScopeMissing):
        return bearer.Refused("insufficient_scope", f"This needs the scope {error.scope}.")
    if isinstance(error, NoPerson):
        return bearer.Refused("insufficient_scope", "This needs the token of a person.")
    return None
