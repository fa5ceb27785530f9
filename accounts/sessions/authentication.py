"""Tell when and how the person of this session really signed in, as OpenID Connect says it."""

import time
from datetime import UTC, datetime
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.sessions.sign_in import SignIn
from accounts.sessions.store import SID, STARTED

# allauth's names of methods and RFC 8176's. A third party's way of asking is not ours to name:
# "fed" is what others say of a sign-in elsewhere, though it is in no registry.
#
# A password and an e-mailed code together are no "mfa": whoever reads the mailbox resets the
# password, so the one factor opens both.
_AMR = {
    "password": ["pwd"],
    "code": ["otp"],
    "password_reset": ["otp"],
    "socialaccount": ["fed"],
}

# A passkey here has always unlocked itself for its person (user verification), so it is two
# factors alone, and "user": somebody was there to do so. Whether by a finger or a PIN it does not
# say, nor has anybody attested that its key lives in hardware ("hwk"): "pop" (in the registry by
# OpenID's EAP ACR Values 1.0) is what was shown. A recovery code is a one-time password by its
# nature, if not one of RFC 4226 or 6238.
_AMR_OF_FACTOR = {
    "totp": ["otp", "mfa"],
    "recovery_codes": ["otp", "mfa"],
    "webauthn": ["pop", "user", "mfa"],
}

_PROVE_SINCE = "prove_since"  # in the session: seconds since 1970

# In allauth's record of a sign-in by way of a third party: when that last asked its person to sign
# in, in seconds since 1970 of this site's clock, and whether it did so for this sign-in. Where it
# does not say so, neither is there, and nobody knows.
AUTH_TIME, ASKED = "auth_time", "asked"


def sign_in_of(request: HttpRequest) -> SignIn:
    """Return when and how the person of this session signed in."""
    at = int(authenticated_at(request))
    return SignIn(
        auth_time=datetime.fromtimestamp(at, UTC) if at else None,
        amr=tuple(sorted(_methods(request))),
        sid=request.session.get(SID, ""),
    )


def has_two_factors(request: HttpRequest) -> bool:
    """Return whether the person of this session has shown two factors in it."""
    return "mfa" in _methods(request)


def is_fresh(request: HttpRequest) -> bool:
    """Return whether the person of this session proved who they are only just now.

    A session without a record of how it was made is never fresh. Nor does a third party's word
    count that does not show that it asked: it remembers whoever sat at this browser before.
    """
    records = get_authentication_records(request, request.user)
    asked = (r for r in records if not _is_of_third_party(r) or r.get(ASKED) is True)
    newest = max(map(_shown_at, asked), default=0)
    return time.time() - newest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def authenticated_at(request: HttpRequest) -> float:
    """Return when the person of this session was last asked to prove who they are, and did so.

    In seconds since 1970; 0 where only a third party can know, and does not say. This is what
    `auth_time` means (OpenID Connect Core section 2).
    """
    records = get_authentication_records(request, request.user)
    return max(map(_shown_at, records), default=_started(request))


def signed_in_at(request: HttpRequest) -> float:
    """Return when the person of this session last signed in or proved who they are, whether or not
    anybody asked them for anything: seconds since 1970."""
    records = get_authentication_records(request, request.user)
    return max((float(record["at"]) for record in records), default=_started(request))


def _shown_at(record: dict[str, Any]) -> float:
    return float(record.get(AUTH_TIME) or 0) if _is_of_third_party(record) else float(record["at"])


def _is_of_third_party(record: dict[str, Any]) -> bool:
    return bool(record["method"] == "socialaccount")


def _started(request: HttpRequest) -> float:
    return float(request.session.get(STARTED, 0))


def sign_in_again(request: HttpRequest, onward: str = "") -> HttpResponse:
    """Send a signed-in person to the sign-in page, and on to `onward` when they have proved it:
    back here, where nothing else is said."""
    request.session[_PROVE_SINCE] = time.time()
    here = request.get_full_path() if request.method == "GET" else reverse("account_home")
    return redirect_to_login(onward or here)


def must_sign_in_again(request: HttpRequest) -> bool:
    """Return whether the person was sent to the sign-in page and has not proved it since."""
    return authenticated_at(request) < float(request.session.get(_PROVE_SINCE, 0))


def _methods(request: HttpRequest) -> set[str]:
    methods: set[str] = set()
    for record in get_authentication_records(request, request.user):
        of_factor = _AMR_OF_FACTOR.get(record.get("type", ""), [])
        methods.update(_AMR.get(record["method"], of_factor))
    return methods
