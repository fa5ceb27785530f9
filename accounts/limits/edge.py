"""The edge at which a limit that was reached becomes an answer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.limits.rate_limits import LimitReached
from accounts.site import errors


class Edge:
    """Middleware: the one place where a limit that was reached becomes an answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, LimitReached):
            return errors.too_many_requests(request, exception.seconds)
        return None
