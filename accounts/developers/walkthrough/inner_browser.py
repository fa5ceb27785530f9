"""Be a browser that visits this site's pages within this process, through all of its middleware.

It keeps the cookies that it is given, and nobody is signed in to it at first.
"""

from contextvars import copy_context
from functools import cache
from http.cookies import SimpleCookie
from typing import cast
from urllib.parse import urlencode

from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse

from accounts.developers.own_requests import FORM, environ_of
from accounts.third_parties.errors import PROBLEM

_HEADERS = {"Accept": "text/html", "Accept-Language": "en", "User-Agent": "Demo browser"}


class InnerBrowser:
    """Hold the cookies of one browser, at the address of whoever asks `by`."""

    def __init__(self, by: HttpRequest) -> None:
        self._by = by
        self._cookies: SimpleCookie = SimpleCookie()
        self.problem = ""  # with a third party, at the last page, in the words of the log

    def open(self, address: str, form: dict[str, str] | None = None) -> HttpResponse:
        """Open a path with its query, or send `form` there. Redirects are not followed."""
        content = b"" if form is None else urlencode(form).encode()
        headers = {**_HEADERS, "Cookie": self._cookies.output([], "", ";").strip()}
        method = "GET" if form is None else "POST"
        environ = environ_of(self._by, address, method, content, headers)
        environ |= {"CONTENT_TYPE": FORM, "CONTENT_LENGTH": str(len(content))}
        request = WSGIRequest(environ)
        # It has no page of this site's before it that a form token could come from.
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        response = cast(HttpResponse, copy_context().run(_handler().get_response, request))
        self.problem = request.META.get(PROBLEM, "")
        for name, morsel in response.cookies.items():
            self._cookies[name] = morsel.value
        return response


@cache
def _handler() -> BaseHandler:
    handler = BaseHandler()
    handler.load_middleware()
    return handler
