"""Keep the challenges that passkeys answer (Web Authentication Level 3 section 13.4.3).

allauth keeps one a session, so that a page forgets its own as soon as another tab asks for one.
Here a session has its last few: each for what it was asked for, each once, each for a while.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from fido2.utils import websafe_encode

from accounts.second_factors import passkeys
from accounts.upstream.mfa import PASSKEY_STATE_KEY

MOST = 5  # of a session
LASTS = 600  # seconds

SIGN_IN, SECOND_STEP, CONFIRM, MAKE = "sign in", "second step", "confirm", "make"

TOO_LATE = _("This page was open for too long, or was used already. Try again.")

_KEPT = "passkey_challenges"  # in the session
_USED = "used_challenges"  # in the authenticator's data: when each was, by its digest


def keep(request: HttpRequest, purpose: str, user: Any = None) -> None:
    """Keep the challenge that allauth has just made, beside the others of this session: `purpose`
    is what it is for, and `user` who has to answer it, None where anybody may."""
    state = request.session.pop(PASSKEY_STATE_KEY, None)
    if state is not None:
        made = {"for": purpose, "of": _person(user), "at": time.time(), "state": state}
        request.session[_KEPT] = [*_live(request), made][-MOST:]


@contextmanager
def answered(
    request: HttpRequest, purpose: str, user: Any, credential: dict[str, Any]
) -> Iterator[None]:
    """Let allauth check `credential` against the challenge that it answers. It is used up by that,
    right or wrong. Raises ValidationError where this session has no such challenge."""
    state = _take(request, purpose, user, _challenge_in(credential))
    if state is None:
        raise ValidationError(TOO_LATE, code="too_late")
    request.session[PASSKEY_STATE_KEY] = state
    try:
        yield
    finally:
        request.session.pop(PASSKEY_STATE_KEY, None)


def spend(authenticator: Authenticator, credential: dict[str, Any]) -> bool:
    """Use the challenge up for this passkey; False where it has answered it before.

    Two requests at once have both read the session before either of them has written to it: the
    passkey's row is what they share, and its lock lets one of them pass.
    """
    digest, now = hashlib.sha256(_challenge_in(credential).encode()).hexdigest(), time.time()
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(pk=authenticator.pk).first()
        if row is None:
            return False
        used = {key: at for key, at in row.data.get(_USED, {}).items() if now - at < LASTS}
        if digest in used:
            return False
        row.data[_USED] = used | {digest: now}
        row.save(update_fields=["data"])
    return True


def _take(request: HttpRequest, purpose: str, user: Any, challenge: str) -> dict[str, Any] | None:
    live, found = _live(request), None
    for each in live:
        if constant_time_compare(each["state"]["challenge"], challenge):
            found = each
    request.session[_KEPT] = [each for each in live if each is not found]
    if found is None or (found["for"], found["of"]) != (purpose, _person(user)):
        return None
    state: dict[str, Any] = found["state"]
    return state


def _live(request: HttpRequest) -> list[dict[str, Any]]:
    now = time.time()
    return [each for each in request.session.get(_KEPT, []) if now - each["at"] < LASTS]


def _person(user: Any) -> int:
    return user.pk if user else 0


def _challenge_in(credential: dict[str, Any]) -> str:
    return websafe_encode(passkeys.client_data_of(credential).challenge)
