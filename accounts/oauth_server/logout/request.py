"""Read and validate a logout request (OpenID Connect RP-Initiated Logout 1.0 section 2)."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from accounts.oauth_server.models import Client
from accounts.oauth_server.tokens import id_tokens
from accounts.oauth_server.wire.endpoint import check_parameters

# `logout_hint` and `ui_locales` are accepted and change nothing.
_READ = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


class LogoutRefused(Exception):
    """Refuse a logout request; says in words for a person why it cannot be answered, and which
    `parameter` is why."""

    def __init__(self, words: str, parameter: str = "") -> None:
        super().__init__(words)
        self.parameter = parameter


@dataclass(frozen=True)
class LogoutRequest:
    """Describe what a client asks. `sid` is the session that its ID token names; `redirect_uri` has
    been validated. Each is empty, and the client None, where the request does not say."""

    client: Client | None
    sid: str
    redirect_uri: str
    state: str


def read(request: HttpRequest) -> LogoutRequest:
    """Return the request in the query of `request`.

    Raises LogoutRefused: nobody is redirected to an address that was not found to be right.
    """
    _check(request)
    sent = {name: request.GET.get(name, "") for name in _READ}
    hint = _hint(sent["id_token_hint"], sent["client_id"])
    client = _client(hint.get("aud") or sent["client_id"])
    return LogoutRequest(
        client=client,
        sid=hint.get("sid", ""),
        redirect_uri=_redirect_uri(sent["post_logout_redirect_uri"], client),
        state=sent["state"],
    )


def _check(request: HttpRequest) -> None:
    try:
        check_parameters(request.GET)
    except InvalidRequestError as error:
        raise LogoutRefused(error.description) from error
    for name in _READ:
        if len(request.GET.getlist(name)) > 1:
            raise LogoutRefused(_("The app sent %(name)s more than once.") % {"name": name}, name)


def _hint(id_token: str, client_id: str) -> dict[str, Any]:
    if not id_token:
        return {}
    claims = id_tokens.read(id_token, audience=client_id or None)
    # A logout token names people and clients too, but proves no sign-in.
    if claims is None or "events" in claims or not isinstance(claims["aud"], str):
        raise LogoutRefused(
            _(
                "The ID token that the app sent was not issued to it by this site, or it was "
                "changed (id_token_hint)."
            ),
            "id_token_hint",
        )
    return claims


def _client(client_id: str) -> Client | None:
    if not client_id:
        return None
    client: Client | None = Client.objects.filter(client_id=client_id, is_active=True).first()
    if client is None:
        raise LogoutRefused(
            _(
                "The app that sent you here is not registered, or an admin has disabled it "
                "(client_id)."
            ),
            "client_id",
        )
    return client


def _redirect_uri(uri: str, client: Client | None) -> str:
    if not uri:
        return ""
    if client is None:
        raise LogoutRefused(
            _(
                "The app wants to send you to an address, but does not say which app it is "
                "(client_id), so we cannot check that the address is its own."
            ),
            "client_id",
        )
    if not client.post_logout_redirect_uri_allowed(uri):
        raise LogoutRefused(
            _(
                "The app wants to send you to an address that is not registered for it "
                "(post_logout_redirect_uri). To keep you safe, we did not send you there."
            ),
            "post_logout_redirect_uri",
        )
    return uri
