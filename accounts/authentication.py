"""When and how the person of this session really signed in, in the terms of OpenID Connect."""

from datetime import UTC, datetime
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

from accounts.sessions import SID, STARTED

# allauth's names of methods and RFC 8176's. A third party's way of asking is not ours to name.
_AMR = {"password": "pwd", "code": "otp", "password_reset": "otp", "socialaccount": "fed"}

# What an `acr` says of a sign-in (OpenID Connect Core section 2).
ONE_FACTOR = "urn:latchkey:acr:one-factor"
TWO_FACTORS = "urn:latchkey:acr:two-factors"
ACR_VALUES = (ONE_FACTOR, TWO_FACTORS)


def sign_in_of(request: HttpRequest) -> dict[str, Any]:
    """Return `auth_time`, `amr` and `sid` of the signed-in session, as models.SignIn keeps them."""
    records = get_authentication_records(request, request.user)
    methods = {_AMR[record["method"]] for record in records if record["method"] in _AMR}
    return {
        "auth_time": datetime.fromtimestamp(int(authenticated_at(request)), UTC),
        "amr": " ".join(sorted(methods)),
        "sid": request.session.get(SID, ""),
    }


def authenticated_at(request: HttpRequest) -> float:
    """Return when the person of this session last proved who they are: seconds since 1970."""
    records = get_authentication_records(request, request.user)
    started = float(request.session.get(STARTED, 0))
    return max((float(record["at"]) for record in records), default=started)


def acr_of(amr: str) -> str:
    """Return the authentication context class that the methods in `amr` reach."""
    return TWO_FACTORS if "mfa" in amr.split() else ONE_FACTOR
