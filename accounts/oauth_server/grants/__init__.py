"""Answer token requests, one module a grant type: its steps in the order of the RFC's section.

A step that fails raises one of oauthlib's errors, which the endpoint turns into the answer of RFC
6749 section 5.2.
"""

from typing import Any

from oauthlib.oauth2.rfc6749.errors import InvalidRequestError


def refuse_repeated(request: Any, *, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """Raise InvalidRequestError where a parameter comes twice (RFC 6749 section 3.2).

    `resource` may (RFC 8707 section 2), and so may those in `but`. Returns what oauthlib wants of a
    validator: nothing more.
    """
    if set(request.duplicate_params) - {"resource", *but}:
        raise InvalidRequestError(description="A parameter is repeated.", request=request)
    return {}
