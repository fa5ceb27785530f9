"""Send the authorization response with the person to the client's redirect URI.

Every answer carries `state` and the issuer (RFC 9207), so that a client can tell whose it is.
"""

import jwt
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from oauth2_provider.http import OAuth2ResponseRedirect
from oauthlib.common import add_params_to_uri
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from accounts.oauth_server.rules.redirect_uris import host, scheme
from accounts.oauth_server.wire.endpoint import no_store


def send(
    redirect_uri: str, state: str | None, parameters: dict[str, str], *, mode: str = "query"
) -> HttpResponse:
    """Send the person back with `parameters`. `redirect_uri` has been validated."""
    parameters |= {"state": state} if state else {}
    parameters |= {"iss": settings.SITE_URL}
    if mode == "form_post":
        return _post(redirect_uri, parameters)
    in_fragment = mode == "fragment"
    uri = add_params_to_uri(redirect_uri, parameters.items(), fragment=in_fragment)
    return no_store(OAuth2ResponseRedirect(uri, [scheme(redirect_uri)]))


def send_error(request: HttpRequest, error: OAuth2Error) -> HttpResponse:
    """Tell the client of an error in its request, in the response mode that it asked for.

    `error.redirect_uri` has been validated. A request object is refused, but the mode and the state
    in it are how and with what its client waits for that answer (Core sections 3.1.2.6 and 6.1):
    neither could do more than it could beside the object, where what is said counts first.
    """
    inside = _unverified_texts(request.GET.get("request", ""))
    asked = request.GET.get("response_mode") or inside.get("response_mode")
    mode = asked if asked in ("form_post", "fragment") else "query"
    state = error.state or inside.get("state")
    return send(error.redirect_uri, state, dict(error.twotuples), mode=mode)


def _unverified_texts(request_object: str) -> dict[str, str]:
    """Return the texts in a request object that nobody has verified, {} where it is none."""
    try:
        claims = jwt.decode(request_object, options={"verify_signature": False})
    except (jwt.PyJWTError, RecursionError):
        return {}
    # Printable: what stands in the query has no control characters either (check_parameters).
    return {
        name: value
        for name, value in claims.items()
        if isinstance(value, str) and value.isprintable()
    }


def _post(redirect_uri: str, parameters: dict[str, str]) -> HttpResponse:
    """Answer with a form that goes to the client by itself (OAuth 2.0 Form Post Response Mode)."""
    context = {"redirect_uri": redirect_uri, "parameters": parameters, "host": host(redirect_uri)}
    return no_store(render(None, "oauth_server/form_post.html", context))
