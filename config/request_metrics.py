"""Count a request for the metrics: by the name of its route, never by its path, which anybody may
make up."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.metrics import declared

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def count(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    route = _route(request)
    method = request.method if request.method in _METHODS else "other"
    declared.REQUESTS.count(route, method, str(response.status_code))
    declared.REQUEST_SECONDS.took(seconds, route, method)


def _route(request: HttpRequest) -> str:
    """Return the route's name. "none" is for what was answered before one was looked for, such as
    a redirect to https, and for every address that does not exist."""
    match = request.resolver_match
    if match is not None:
        return match.view_name if match.url_name else f"/{match.route}"
    return "static" if request.path_info.startswith(settings.STATIC_URL) else "none"
