"""Carry a new secret to the page that shows it: in the session, which is stored sealed, and taken
out of it by the first look. It is in no address, no message and no log."""

import time

from django.http import HttpRequest

from accounts.oauth_server.models import Client

_KEPT = "new_client_secrets"  # in the session
_LIFETIME = 900  # seconds
_MOST = 5


def keep(request: HttpRequest, client: Client, secret: str) -> None:
    kept = request.session.get(_KEPT, {}) | {str(client.pk): [secret, time.time()]}
    request.session[_KEPT] = dict(list(kept.items())[-_MOST:])


def take(request: HttpRequest, client: Client) -> str:
    """Return the secret that waits to be shown, once; "" where there is none."""
    kept = request.session.get(_KEPT, {})
    secret, made = kept.pop(str(client.pk), ("", 0))
    if secret:
        request.session[_KEPT] = kept
    return secret if time.time() - made < _LIFETIME else ""
