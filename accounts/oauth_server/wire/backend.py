"""Translate Django's request to oauthlib's: parameters travel as Django parsed them, none
dropped."""

from functools import cache

from django.http import HttpRequest
from oauth2_provider.oauth2_backends import OAuthLibCore, get_oauthlib_core
from oauthlib.common import Request


class Backend(OAuthLibCore):
    def _get_escaped_full_path(self, request: HttpRequest) -> str:
        """Encode the query anew: oauthlib raises ValueError on one that is not cleanly encoded."""
        query = request.GET.urlencode()
        return f"{request.path}?{query}" if query else request.path

    def extract_body(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Keep repeated parameters, so that they can be refused (RFC 6749 section 3.2).

        DOT keeps the last value and hides the others.
        """
        return [(key, value) for key, values in request.POST.lists() for value in values]

    def as_oauthlib(self, request: HttpRequest) -> Request:
        """Return `request` as oauthlib reads it."""
        return Request(*self._extract_params(request))


@cache
def backend() -> Backend:
    """Return the one backend of this process, as DOT's settings compose it."""
    return get_oauthlib_core()
