"""Answer a form without its CSRF token: sent too late, from another tab, or without cookies."""

from collections.abc import Iterable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.entrance import signed_in_already
from accounts.site import errors
from accounts.way_back.address import handed_on, is_own

_WITH_WAY_BACK = ("account_login", "account_signup")  # in the form


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say why, and lead back to the page. Where another tab signed in meanwhile, lead on."""
    without_cookies = settings.CSRF_COOKIE_NAME not in request.COOKIES
    path = request.path
    at_entrance = path in _paths(signed_in_already.FOR_NOBODY)
    if request.user.is_authenticated and not without_cookies and at_entrance:
        return signed_in_already.lead_on(request)
    again = handed_on(request, path) if path in _paths(_WITH_WAY_BACK) else _page_of_form(request)
    context = {"without_cookies": without_cookies, "page_again": again}
    return errors.answer(request, HTTPStatus.FORBIDDEN, "errors/csrf.html", **context)


def _paths(names: Iterable[str]) -> set[str]:
    return {reverse(name) for name in names}


def _page_of_form(request: HttpRequest) -> str:
    """Return the page on this site that a form was sent from, "" where the browser does not say."""
    came_from = request.headers.get("Referer", "")
    return came_from if is_own(came_from) else ""
