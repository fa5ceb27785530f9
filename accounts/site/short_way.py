"""Lead programs the short way: what they call does not pass through what only pages need.

settings.MIDDLEWARE is the way of pages. Where ShortWay stands in it, a program's request turns off
and goes through settings.PROGRAMS_MIDDLEWARE: no session, no language, no forms and no messages.
"""

from collections.abc import Callable, Iterable
from typing import Any

from allauth.core import context
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from accounts.site.programs import is_for_programs


class ShortWay:
    """Send programs the short way: middleware, inside of what every answer passes through."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._short = _Handler(settings.PROGRAMS_MIDDLEWARE).answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_for_programs(request.path_info):
            return self.get_response(request)
        with context.request_context(request):  # which allauth's own middleware keeps for pages
            return self._short(request)


class _Handler(BaseHandler):
    """Handle requests as Django does, through other middleware than settings.MIDDLEWARE."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        django: Any = self
        answer: Any = convert_exception_to_response(django._get_response)
        for path in reversed(list(paths)):
            middleware = import_string(path)(answer)
            self._keep_hooks(middleware)
            answer = convert_exception_to_response(middleware)
        self.answer: Callable[[HttpRequest], HttpResponse] = answer

    def _keep_hooks(self, middleware: Any) -> None:
        """Keep the hooks of middleware in the order in which BaseHandler.load_middleware has
        them."""
        if hasattr(middleware, "process_view"):
            self._view_middleware.insert(0, middleware.process_view)
        if hasattr(middleware, "process_template_response"):
            self._template_response_middleware.append(middleware.process_template_response)
        if hasattr(middleware, "process_exception"):
            self._exception_middleware.append(middleware.process_exception)
