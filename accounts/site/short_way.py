"""Lead programs the short way: what they call does not pass through what only pages need.

settings.MIDDLEWARE is the way of pages. Where ShortWay stands in it, a program's request turns off
and goes through settings.PROGRAMS_MIDDLEWARE: no session, no language, no forms and no messages.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from allauth.core import context
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, URLResolver, get_resolver
from django.utils.module_loading import import_string

from accounts.site.programs import is_for_programs

_AT_MOST = 200  # views that are found in memory: should a pattern take what anybody makes up

# By URLconf and address, of those addresses that have nothing of their own in them.
_fixed: dict[tuple[URLResolver, str], ResolverMatch] = {}


class ShortWay:
    """Send programs the short way: middleware, inside of what every answer passes through."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._short = _handler(tuple(settings.PROGRAMS_MIDDLEWARE)).answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_for_programs(request.path_info):
            return self.get_response(request)
        with context.request_context(request):  # which allauth's own middleware keeps for pages
            return self._short(request)


def answer(request: HttpRequest) -> HttpResponse:
    """Answer a request that this site makes itself, as that of a program."""
    with context.request_context(request):
        return _handler(tuple(settings.PROGRAMS_MIDDLEWARE)).answer(request)


@cache
def _handler(paths: tuple[str, ...]) -> "_Handler":
    return _Handler(paths)


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

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Find the view as Django does, which compares a dozen patterns, or in memory."""
        resolver, path = get_resolver(), request.path_info
        match = _fixed.get((resolver, path))
        if match is None:
            match = resolver.resolve(path)
            if not (match.args or match.kwargs) and len(_fixed) < _AT_MOST:
                _fixed[resolver, path] = match
        request.resolver_match = match
        return match

    def _keep_hooks(self, middleware: Any) -> None:
        """Keep the hooks of middleware in the order in which BaseHandler.load_middleware has
        them."""
        if hasattr(middleware, "process_view"):
            self._view_middleware.insert(0, middleware.process_view)
        if hasattr(middleware, "process_template_response"):
            self._template_response_middleware.append(middleware.process_template_response)
        if hasattr(middleware, "process_exception"):
            self._exception_middleware.append(middleware.process_exception)
