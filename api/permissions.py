"""What a token must carry. A view that names no scope is closed."""

from typing import TYPE_CHECKING

from rest_framework.exceptions import PermissionDenied
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


class HasScope(BasePermission):
    """The token has the view's `required_scope` and, as all views are about one, a person."""

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
