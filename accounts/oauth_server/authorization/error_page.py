"""Show an error page to a person whose app sent them here with a request that cannot be answered.

Nobody is redirected: the address to go to is just what could not be validated.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from oauthlib.oauth2.rfc6749.errors import (
    FatalClientError,
    InvalidClientIdError,
    InvalidRedirectURIError,
    MismatchingRedirectURIError,
    MissingClientIdError,
    MissingRedirectURIError,
)

from accounts.oauth_server.authorization.origins import RequestURIUnusable
from accounts.oauth_server.models import Client
from accounts.oauth_server.rules import redirect_uris
from accounts.oauth_server.wire.endpoint import no_store
from accounts.site import request_id

_DETAILS: dict[type[FatalClientError], Any] = {
    MissingClientIdError: _(
        "The request does not say which app sent you here (client_id is missing)."
    ),
    InvalidClientIdError: _(
        "The app that sent you here is not registered, or an admin has disabled it (client_id)."
    ),
    MissingRedirectURIError: _(
        "The app did not say where to send you next (redirect_uri is missing)."
    ),
    InvalidRedirectURIError: _(
        "The address that the app wants to send you to is not a complete address (redirect_uri)."
    ),
    MismatchingRedirectURIError: _(
        "The app wants to send you to an address that is not registered for it (redirect_uri). "
        "To keep you safe, we did not send you there."
    ),
    RequestURIUnusable: _(
        "This sign-in has expired, or was already completed. Go back to the app and sign in again."
    ),
}


_HINT = _("Nothing was shared or changed. The people who run the app can fix this.")
_HINTS: dict[type[FatalClientError], Any] = {
    # An agent that registered itself, and was removed here for want of use.
    InvalidClientIdError: _(
        "Nothing was shared or changed. If you connected the app yourself, remove the connection "
        "in the app and add it again. Otherwise the people who run the app can fix this."
    ),
}


def error_page(request: HttpRequest, error: FatalClientError) -> HttpResponse:
    """Say what is wrong; how exactly a redirect URI differs is for the client's own people."""
    malformed = _("The request is not valid: %(why)s") % {"why": error.description}
    detail = _DETAILS.get(type(error)) or malformed
    context = {
        "title": _("This app’s request is not valid"),
        "detail": detail,
        "hint": _HINTS.get(type(error), _HINT),
        "differences": _differences(request, error),
        "request_id": request_id.current(),
    }
    return no_store(render(request, "oauth_server/error.html", context, status=400))


def _differences(request: HttpRequest, error: FatalClientError) -> list[tuple[str, str]]:
    """Return each registered redirect URI with how the requested one differs from it.

    Only for whoever registered the client, and for admins of clients: to anybody else it would
    tell what is registered.
    """
    if not isinstance(error, MismatchingRedirectURIError):
        return []
    client = Client.objects.filter(client_id=request.GET.get("client_id", "")).first()
    if client is None or not _is_its_own(request, client):
        return []
    asked = request.GET.get("redirect_uri", "")
    return [
        (registered, redirect_uris.difference(asked, registered))
        for registered in client.redirect_uris.split()
    ]


def _is_its_own(request: HttpRequest, client: Client) -> bool:
    user = request.user
    if not user.is_authenticated:
        return False
    return client.user_id == user.pk or (
        user.is_staff and user.has_perm("oauth_server.view_client")
    )
