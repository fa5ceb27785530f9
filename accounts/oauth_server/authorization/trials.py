"""Let an admin try a client: one authorization request that is answered at a page of this site.

Its redirect URI is nobody's to register. It stands for one request: the very one that an admin
began, in the same session, minutes ago; in any other it is refused as every unknown one is. What
it is answered with is no code that the token endpoint takes: it is in no table, and only the page
of the trial knows what it stands for (admin/client/trying.py).
"""

import base64
import hashlib
import secrets
import time
from dataclasses import asdict, dataclass, replace
from typing import Self
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from accounts.oauth_server.authorization import codes
from accounts.oauth_server.authorization.request import AuthorizationRequest
from accounts.oauth_server.models import Client
from accounts.oauth_server.rules.credentials import Kind, digest, mint
from accounts.oauth_server.rules.scopes import to_text
from accounts.oauth_server.wire.own_request import TRIAL
from accounts.way_back.app_request import FIRST_SEEN

LIFETIME = 600  # seconds
_KEPT = "client_trial"  # in the session


@dataclass(frozen=True)
class Trial:
    """Keep what one trial sent, and what its code stands for once the person has allowed it."""

    client: int
    person: int
    query: str  # of the authorization request
    state: str
    verifier: str
    began: float
    code: str = ""  # its digest
    columns: dict[str, str] | None = None
    allowed: str = ""
    declined: str = ""

    @classmethod
    def read(cls, request: HttpRequest) -> Self | None:
        """Return the one that whoever is signed in began in this session, minutes ago."""
        kept = request.session.get(_KEPT)
        if not kept:
            return None
        trial = cls(**kept)
        is_theirs = trial.person == request.user.pk and request.user.is_active
        is_recent = time.time() - trial.began < LIFETIME
        return trial if is_theirs and request.user.is_staff and is_recent else None

    def keep(self, request: HttpRequest) -> None:
        request.session[_KEPT] = asdict(self)

    def is_answered_by(self, state: str) -> bool:
        return constant_time_compare(self.state, state)

    def is_for(self, code: str) -> bool:
        """Return whether `code` is the one that this trial was answered with."""
        return bool(self.code) and constant_time_compare(self.code, digest(code))


def redirect_uri(client_pk: int) -> str:
    return settings.SITE_URL + reverse("admin:oauth_server_client_try-callback", args=[client_pk])


def begin(request: HttpRequest, client: Client, *, scope: str, prompt: str) -> str:
    """Begin one in this session, in the place of any other, and return where to send the admin."""
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect_uri(client.pk),
        "scope": scope,
        "state": state,
        "nonce": secrets.token_urlsafe(24),
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
        "prompt": prompt,
    }
    query = urlencode({name: value for name, value in asked.items() if value})
    person = request.user.pk or 0
    Trial(client.pk, person, query, state, verifier, time.time()).keep(request)
    return f"{reverse('oauth_server:authorize')}?{query}"


def note(request: HttpRequest) -> None:
    """Note at an authorization request that it is the one of a trial, where it is."""
    is_ours = request.GET.get("redirect_uri", "").startswith(settings.SITE_URL)
    trial = Trial.read(request) if is_ours else None
    sent = request.GET.copy()
    sent.pop(FIRST_SEEN, None)
    if trial and constant_time_compare(trial.query, sent.urlencode()):
        request.META[TRIAL] = redirect_uri(trial.client)


def answer(
    request: HttpRequest,
    asked: AuthorizationRequest,
    *,
    allowed: frozenset[str],
    declined: frozenset[str],
) -> str:
    """Return a code for what the person allows: it is kept in this session and nowhere else."""
    trial = Trial.read(request)
    code = mint(Kind.AUTHORIZATION_CODE)
    if trial is not None:
        replace(
            trial,
            code=digest(code),
            columns=codes.columns_of(asked),
            allowed=to_text(allowed),
            declined=to_text(declined),
        ).keep(request)
    return code


def end(request: HttpRequest) -> None:
    request.session.pop(_KEPT, None)


def _challenge(verifier: str) -> str:
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).decode().rstrip("=")
