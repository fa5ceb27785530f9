"""When and how the person of this session really signed in, in the terms of OpenID Connect."""

from datetime import UTC, datetime
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

from accounts.sessions import SID, STARTED

# allauth's names of methods and RFC 8176's. A third party's way of asking is not ours to name.
_AMR = {"password": "pwd", "code": "otp", "socialaccount": "fed"}


def sign_in_of(request: HttpRequest) -> dict[str, Any]:
    """Return `auth_time`, `amr` and `sid` of the signed-in session, as models.SignIn keeps them."""
    records = get_authentication_records(request, request.user)
    latest = max((record["at"] for record in records), default=request.session.get(STARTED, 0))
    methods = {_AMR[record["method"]] for record in records if record["method"] in _AMR}
    return {
        "auth_time": datetime.fromtimestamp(int(latest), UTC),
        "amr": " ".join(sorted(methods)),
        "sid": request.session.get(SID, ""),
    }
