"""List the addresses that programs call, and in which format each is answered when something is
wrong.

Pages are for people. A program gets a problem document from the API (RFC 9457), and JSON as RFC
6749 section 5.2 describes it from the authorization server, whatever it says that it accepts.
"""

import re
from enum import Enum

from django.http import HttpRequest


class Format(Enum):
    PAGE = "page"
    PROBLEM = "problem"
    OAUTH = "oauth"


_API = re.compile(r"/(api(/|$)|mcp/?$)")
_OAUTH = re.compile(
    r"/oauth/(token|revoke|introspect|userinfo|register|device-authorization|par|jwks|logos)(/|$)"
    r"|/\.well-known/(openid-|oauth-|webfinger)"
)
_EITHER = ("/oauth/", "/.well-known/")  # pages among them, and addresses that do not exist


def is_for_programs(path: str) -> bool:
    """Return whether programs alone call the address `path`, which no person is shown."""
    return bool(_API.match(path) or _OAUTH.match(path))


def format_for(request: HttpRequest) -> Format:
    """Return the format in which `request` is answered when something is wrong."""
    path = request.path_info
    if _API.match(path):
        return Format.PROBLEM
    if _OAUTH.match(path):
        return Format.OAUTH
    if not path.startswith(_EITHER):
        return Format.PAGE
    preferred = request.get_preferred_type(["text/html", "application/json"])
    return Format.PROBLEM if preferred == "application/json" else Format.PAGE
