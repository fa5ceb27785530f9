"""Check what a token carries. A view that names no scope is closed."""

from typing import TYPE_CHECKING

from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission

from api.authentication import access_of

if TYPE_CHECKING:  # DRF loads this module while it loads those
    from rest_framework.request import Request
    from rest_framework.views import APIView


class ScopeMissing(PermissionDenied):
    def __init__(self, scope: str) -> None:
        super().__init__(f"The access token lacks the scope “{scope}” that this needs.")
        self.scope = scope


class NoPerson(PermissionDenied):
    default_detail = "The access token speaks for a client app itself, and this is about a person."


class SignInInsufficient(AuthenticationFailed):
    """Demand that the person signs in in another way or anew (RFC 9470 section 3): `demands` are
    the parameters of the authorization request that brings a token which will do."""

    kind = "insufficient-user-authentication"
    title = "The person has to prove again who they are"

    def __init__(self, detail: str, demands: dict[str, str]) -> None:
        super().__init__(detail)
        self.demands = demands


class HasScope(BasePermission):
    """Check that the token has the view's `required_scope` and, as all views are about one, a
    person."""

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        scope: str | None = getattr(view, "required_scope", None)
        if scope is None:
            return False
        access = access_of(request)
        if scope not in access.scopes:
            raise ScopeMissing(scope)
        if access.user_id is None:
            raise NoPerson
        return True


class SignedInWellEnough(BasePermission):
    """Check that the person signed in as the view's `required_acr` says, no longer ago than its
    `max_auth_age` in seconds (RFC 9470). Either is None where nothing is demanded.

    A personal token was made by its person to last as long as they chose, so its age is no matter;
    no sign-in stands behind it, so it reaches no class.
    """

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        acr: str | None = getattr(view, "required_acr", None)
        max_age: int | None = getattr(view, "max_auth_age", None)
        access = access_of(request)
        if acr is not None and acr not in access.sign_in.acrs:
            raise SignInInsufficient(*_demand(acr, max_age))
        is_of_client = bool(access.client_id)
        if max_age is not None and is_of_client and access.sign_in.is_older_than(max_age):
            raise SignInInsufficient(*_demand(acr, max_age))
        return True


def _demand(acr: str | None, max_age: int | None) -> tuple[str, dict[str, str]]:
    demands = {"acr_values": acr, "max_age": max_age}
    named = {name: str(value) for name, value in demands.items() if value is not None}
    listed = " and ".join(f"{name}={value}" for name, value in named.items())
    return f"This needs a sign-in that an authorization request with {listed} brings.", named
