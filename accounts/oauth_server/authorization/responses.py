"""Send the authorization response with the person to the client's redirect URI.

Every answer carries `state` and the issuer (RFC 9207), so that a client can tell whose it is.
"""

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
    """Tell the client of an error in its request, in the response mode that it asked for."""
    asked = request.GET.get("response_mode")
    mode = asked if asked in ("form_post", "fragment") else "query"
    return send(error.redirect_uri, error.state, dict(error.twotuples), mode=mode)


def _post(redirect_uri: str, parameters: dict[str, str]) -> HttpResponse:
    """Answer with a form that goes to the client by itself (OAuth 2.0 Form Post Response Mode)."""
    context = {"redirect_uri": redirect_uri, "parameters": parameters, "host": host(redirect_uri)}
    return no_store(render(None, "oauth_server/form_post.html", context))
