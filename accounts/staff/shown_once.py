"""Carry a new secret to the page that shows it: in the session, which is stored sealed, and taken
out of it by the first look. It is in no address, no message and no log."""

import time

from django.db.models import Model
from django.http import HttpRequest

_KEPT = "new_secrets"  # in the session
_LIFETIME = 900  # seconds
_MOST = 5


def keep(request: HttpRequest, row: Model, secret: str) -> None:
    kept = request.session.get(_KEPT, {}) | {_name(row): [secret, time.time()]}
    request.session[_KEPT] = dict(list(kept.items())[-_MOST:])


def take(request: HttpRequest, row: Model) -> str:
    """Return the secret that waits to be shown, once; "" where there is none."""
    kept = request.session.get(_KEPT, {})
    secret, made = kept.pop(_name(row), ("", 0))
    if secret:
        request.session[_KEPT] = kept
    return secret if time.time() - made < _LIFETIME else ""


def _name(row: Model) -> str:
    return f"{row._meta.label_lower} {row.pk}"
