"""The pages that say what went wrong. Each names the request id, so that an admin can find it.

Under /api/ a program is answered instead: with a problem document (RFC 9457).
"""

from http import HTTPStatus
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from accounts.site import branding


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
    """Answer without the database, the session or a context processor: one of them may be why."""
    if _is_for_a_program(request):
        return _problem(HTTPStatus.INTERNAL_SERVER_ERROR)
    context = {**branding.context(), "request_id": _request_id()}
    return HttpResponse(render_to_string("500.html", context), status=500)


def answer(
    request: HttpRequest, status: HTTPStatus, template: str = "", **context: Any
) -> HttpResponse:
    """Answer with the error page of `status`, or a program with a problem document (RFC 9457)."""
    if _is_for_a_program(request):
        return _problem(status)
    context["request_id"] = _request_id()
    return render(request, template or f"{status}.html", context, status=status)


def foreign_host(request: HttpRequest) -> HttpResponse:
    """Refuse a request for another host (HTTP 400): nothing that would be built from it is ours."""
    if _is_for_a_program(request):
        return _problem(HTTPStatus.BAD_REQUEST)
    context = {**branding.context(), "request_id": _request_id()}
    return HttpResponse(render_to_string("400.html", context), status=400)


def _is_for_a_program(request: HttpRequest) -> bool:
    if request.path_info.startswith("/api/"):
        return True
    if not request.path_info.startswith(("/oauth/", "/.well-known/")):
        return False
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _problem(status: HTTPStatus) -> HttpResponse:
    body = {"type": "about:blank", "title": status.phrase, "status": status.value}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def _request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
