"""Send the authorization response with the person to the client's redirect URI.

Every answer carries `state` and the issuer (RFC 9207), so that a client can tell whose it is.
"""

import time
from datetime import timedelta

import jwt
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from oauth2_provider.http import OAuth2ResponseRedirect
from oauthlib.common import add_params_to_uri
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from accounts.oauth_server.models import Client, SigningKey
from accounts.oauth_server.rules.redirect_uris import host, scheme
from accounts.oauth_server.rules.response_modes import RESPONSE_MODES
from accounts.oauth_server.wire.endpoint import no_store

SIGNED_FOR = timedelta(minutes=10)  # JARM section 2.1 recommends no more


class FormPost(HttpResponse):
    """Hold a page that is a form for the client, and what stands in it."""

    def __init__(self, page: str, redirect_uri: str, parameters: dict[str, str]) -> None:
        super().__init__(page)
        self.redirect_uri = redirect_uri
        self.parameters = parameters


def send(
    redirect_uri: str, state: str | None, parameters: dict[str, str], mode: str, client: Client
) -> HttpResponse:
    """Send the person back with `parameters`. `redirect_uri` has been validated."""
    parameters |= {"state": state} if state else {}
    parameters |= {"iss": settings.SITE_URL}
    mode, is_signed = mode.removesuffix("jwt").rstrip("."), mode.endswith("jwt")
    if is_signed:
        parameters = {"response": _signed(parameters, client)}
    if mode == "form_post":
        return _post(redirect_uri, parameters)
    in_fragment = mode == "fragment"
    uri = add_params_to_uri(redirect_uri, parameters.items(), fragment=in_fragment)
    return no_store(OAuth2ResponseRedirect(uri, [scheme(redirect_uri)]))


def _signed(parameters: dict[str, str], client: Client) -> str:
    """Return the answer as a JWT for `client` (JARM section 2.1)."""
    expires = int(time.time() + SIGNED_FOR.total_seconds())
    claims = parameters | {"aud": client.client_id, "exp": expires}
    return SigningKey.objects.sign(claims, client.authorization_signed_response_alg)


def send_error(request: HttpRequest, error: OAuth2Error) -> HttpResponse:
    """Tell the client of an error in its request, in the response mode that it asked for.

    `error.redirect_uri` has been validated. A request object is refused, but the mode and the state
    in it are how and with what its client waits for that answer (Core sections 3.1.2.6 and 6.1):
    neither could do more than it could beside the object, where what is said counts first.
    """
    inside = _unverified_texts(request.GET.get("request", ""))
    asked = request.GET.get("response_mode") or inside.get("response_mode")
    mode = asked if asked in RESPONSE_MODES else "query"
    state = error.state or inside.get("state")
    client = Client.objects.get(client_id=request.GET["client_id"])
    return send(error.redirect_uri, state, dict(error.twotuples), mode, client)


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
    page = render_to_string("oauth_server/form_post.html", context)
    return no_store(FormPost(page, redirect_uri, parameters))
