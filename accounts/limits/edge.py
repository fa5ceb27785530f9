"""Count forms at the edge, and answer there where a limit was reached or a way back is too long."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.limits import sign_in_limits
from accounts.limits.rate_limits import LimitReached
from accounts.site import errors
from accounts.way_back.packed import TooLong


class Edge:
    """Answer where a limit was reached: middleware, and the one place that does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        try:
            sign_in_limits.count(request)
        except LimitReached as reached:
            return errors.too_many_requests(request, reached.seconds)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, LimitReached):
            return errors.too_many_requests(request, exception.seconds)
        if isinstance(exception, TooLong):
            return errors.address_too_long(request)
        return None
