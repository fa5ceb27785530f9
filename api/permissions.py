"""Check what a token carries. A view that names no scope is closed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission

from accounts.oauth_server.rules.scopes import of_services
from api.authentication import access_of

if TYPE_CHECKING:  # DRF loads this module while it loads those
    from rest_framework.request import Request


ANY = ""  # scope: what is about the token itself


class ScopeMissing(PermissionDenied):
    def __init__(self, scope: str) -> None:
        super().__init__(f"The access token lacks the scope “{scope}” that this needs.")
        self.scope = scope

    problem = "insufficient-scope"


class NoPerson(PermissionDenied):
    problem = "person-required"
    default_detail = "The access token speaks for a client app itself, and this is about a person."


class SignInInsufficient(AuthenticationFailed):
    """Demand that the person signs in in another way or anew (RFC 9470 section 3): `demands` are
    the parameters of the authorization request that brings a token which will do."""

    problem = "insufficient-user-authentication"

    def __init__(self, detail: str, demands: dict[str, str]) -> None:
        super().__init__(detail)
        self.demands = demands


class HasScope(BasePermission):
    """Check that the token has the scope that the view's `required_scopes` name for the method and,
    where the view is about one, a person."""

    def has_permission(self, request: "Request", view: Any) -> bool:
        scope: str | None = view.scope_needed() if hasattr(view, "scope_needed") else None
        if scope is None:
            return False
        access = access_of(request)
        if scope != ANY and scope not in access.scopes:
            raise ScopeMissing(scope)
        if access.user_id is not None and scope in of_services():
            raise ScopeMissing(scope)  # whatever its token came to have: nobody acts for the site
        if access.user_id is None and view.is_about_a_person:
            raise NoPerson
        return True


class SignedInWellEnough(BasePermission):
    """Check that the person signed in as the view's `required_acr` says, no longer ago than its
    `max_auth_age` in seconds (RFC 9470). Either is None where nothing is demanded, or says it for
    each method by itself.

    A personal token was made by its person to last as long as they chose, so its age is no matter;
    no sign-in stands behind it, so it reaches no class.
    """

    def has_permission(self, request: "Request", view: Any) -> bool:
        acr: str | None = for_method(view.required_acr, request.method)
        max_age: int | None = for_method(view.max_auth_age, request.method)
        access = access_of(request)
        if acr is not None and acr not in access.sign_in.acrs:
            raise SignInInsufficient(*_demand(acr, max_age))
        is_of_client = bool(access.client_id)
        if max_age is not None and is_of_client and access.sign_in.is_older_than(max_age):
            raise SignInInsufficient(*_demand(acr, max_age))
        return True


def for_method(demanded: Any, method: str | None) -> Any:
    """Return what is demanded of `method`: of all alike, or by a mapping."""
    return demanded.get(method) if isinstance(demanded, Mapping) else demanded


def _demand(acr: str | None, max_age: int | None) -> tuple[str, dict[str, str]]:
    demands = {"acr_values": acr, "max_age": max_age}
    named = {name: str(value) for name, value in demands.items() if value is not None}
    listed = " and ".join(f"{name}={value}" for name, value in named.items())
    return f"This needs a sign-in that an authorization request with {listed} brings.", named
