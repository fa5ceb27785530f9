"""Answer with the pages that say what went wrong. Each names the request id, so that an admin can
find it.

Programs are answered in the format of the address that they called: accounts/site/programs.py.
"""

import sys
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from accounts.site import branding, lengths, problems, request_id
from accounts.site.programs import Format, format_for
from accounts.storage.outages import is_outage
from accounts.way_back.packed import LONGEST

RETRY_SECONDS = 5  # after which a database that was away is worth another try

# The errors of RFC 6749 (sections 4.1.2.1 and 5.2) that come nearest to a status.
_OAUTH_ERRORS = {
    HTTPStatus.INTERNAL_SERVER_ERROR: "server_error",
    HTTPStatus.SERVICE_UNAVAILABLE: "temporarily_unavailable",
    HTTPStatus.TOO_MANY_REQUESTS: "temporarily_unavailable",
}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, HTTPStatus.BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, HTTPStatus.FORBIDDEN)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, HTTPStatus.NOT_FOUND)


def too_many_requests(request: HttpRequest, seconds: int) -> HttpResponse:
    """Say that it can be tried again in `seconds`, to the person and to the program (RFC 6585)."""
    minutes = -(-seconds // 60)
    response = answer(request, HTTPStatus.TOO_MANY_REQUESTS, minutes=minutes)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for a fault of ours: 503 where the database is away or full, else 500.

    Django calls this while it handles the exception.
    """
    if not is_outage(sys.exc_info()[1]):
        return _alone(request, HTTPStatus.INTERNAL_SERVER_ERROR)
    response = _alone(request, HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def content_too_large(request: HttpRequest) -> HttpResponse:
    """Refuse a body for its length (HTTP 413), which nobody has read."""
    most = lengths.in_words(lengths.longest_body(request.path_info))
    said = lengths.too_long(request.path_info)
    return _alone(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said, most=most)


def address_too_long(request: HttpRequest) -> HttpResponse:
    """Refuse an address for its length (HTTP 414)."""
    said = f"Path and query together may have {LONGEST:,} characters at most."
    return _alone(request, HTTPStatus.REQUEST_URI_TOO_LONG, said)


def foreign_host(request: HttpRequest) -> HttpResponse:
    """Refuse a request for another host (HTTP 400): nothing that would be built from it is ours."""
    return _alone(request, HTTPStatus.BAD_REQUEST)


def answer(
    request: HttpRequest, status: HTTPStatus, template: str = "", **context: Any
) -> HttpResponse:
    """Answer with the error page of `status`, or a program in the format of its endpoint."""
    if (format := format_for(request)) != Format.PAGE:
        return _for_a_program(format, status)
    context["request_id"] = request_id.current()
    return render(request, template or f"{status}.html", context, status=status)


def _alone(
    request: HttpRequest, status: HTTPStatus, detail: str = "", **context: Any
) -> HttpResponse:
    """Answer without the database, the session or a context processor: one of them may be why."""
    if (format := format_for(request)) != Format.PAGE:
        return _for_a_program(format, status, detail)
    context |= {**branding.context(), "request_id": request_id.current()}
    return HttpResponse(render_to_string(f"{status}.html", context), status=status)


def _for_a_program(format: Format, status: HTTPStatus, detail: str = "") -> HttpResponse:
    if format == Format.OAUTH:
        error = _OAUTH_ERRORS.get(status, "invalid_request")
        description = detail or f"{status.phrase}. {status.description}".strip()
        return JsonResponse({"error": error, "error_description": description}, status=status)
    return problems.answer(status, detail)
