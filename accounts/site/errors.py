"""The pages that say what went wrong. Each names the request id, so that an admin can find it.

Under /api/ a program is answered instead: with a problem document (RFC 9457).
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.entrance import signed_in_already
from accounts.site import branding
from accounts.way_back.address import handed_on

_WITH_WAY_BACK = ("account_login", "account_signup")  # in the form


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, HTTPStatus.BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, HTTPStatus.FORBIDDEN)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, HTTPStatus.NOT_FOUND)


def too_many_requests(request: HttpRequest, seconds: int) -> HttpResponse:
    """Say that it can be tried again in `seconds`, to the person and to the program (RFC 6585)."""
    minutes = -(-seconds // 60)
    response = _answer(request, HTTPStatus.TOO_MANY_REQUESTS, minutes=minutes)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say why, and lead back to the page. Where another tab signed in meanwhile, lead on."""
    without_cookies = settings.CSRF_COOKIE_NAME not in request.COOKIES
    path = request.path
    at_entrance = path in _paths(signed_in_already.FOR_NOBODY)
    if request.user.is_authenticated and not without_cookies and at_entrance:
        return signed_in_already.lead_on(request)
    again = handed_on(request, path) if path in _paths(_WITH_WAY_BACK) else _page_of_form(request)
    context = {"without_cookies": without_cookies, "page_again": again}
    return _answer(request, HTTPStatus.FORBIDDEN, "errors/csrf.html", **context)


def _paths(names: Iterable[str]) -> set[str]:
    return {reverse(name) for name in names}


def _page_of_form(request: HttpRequest) -> str:
    """Return the page on this site that a form was sent from, "" where the browser does not say."""
    came_from = request.headers.get("Referer", "")
    own = {urlsplit(settings.SITE_URL).netloc}
    safe = url_has_allowed_host_and_scheme(came_from, own, require_https=settings.HTTPS)
    return came_from if safe else ""


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer without the database, the session or a context processor: one of them may be why."""
    if _is_for_a_program(request):
        return _problem(HTTPStatus.INTERNAL_SERVER_ERROR)
    context = {**branding.context(), "request_id": _request_id()}
    return HttpResponse(render_to_string("500.html", context), status=500)


def _answer(
    request: HttpRequest, status: HTTPStatus, template: str = "", **context: Any
) -> HttpResponse:
    if _is_for_a_program(request):
        return _problem(status)
    context["request_id"] = _request_id()
    return render(request, template or f"{status}.html", context, status=status)


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
