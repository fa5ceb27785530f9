"""Translate Django's request to oauthlib's: parameters travel as Django parsed them. None is
dropped that has a value; one without counts as not sent (RFC 6749 section 3.1)."""

from functools import cache
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from oauth2_provider.oauth2_backends import OAuthLibCore, get_oauthlib_core
from oauthlib.common import Request


class Backend(OAuthLibCore):
    def _get_escaped_full_path(self, request: HttpRequest) -> str:
        """Encode the query anew: oauthlib raises ValueError on one that is not cleanly encoded."""
        query = urlencode(_with_values(request.GET))
        return f"{request.path}?{query}" if query else request.path

    def extract_body(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Keep repeated parameters, so that they can be refused (RFC 6749 section 3.2).

        DOT keeps the last value and hides the others.
        """
        return _with_values(request.POST)

    def as_oauthlib(self, request: HttpRequest) -> Request:
        """Return `request` as oauthlib reads it."""
        return Request(*self._extract_params(request))


def _with_values(parameters: QueryDict) -> list[tuple[str, str]]:
    return [(name, value) for name, values in parameters.lists() for value in values if value]


@cache
def backend() -> Backend:
    """Return the one backend of this process, as DOT's settings compose it."""
    return get_oauthlib_core()
