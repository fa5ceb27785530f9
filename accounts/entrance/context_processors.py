"""Tell templates of signing up."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.entrance import sign_up_rule
from accounts.entrance.mailed_links import invitations


def sign_up_offered(request: HttpRequest) -> dict[str, Any]:
    """Return whether people may sign up; asked where a page wants to know."""
    return {"sign_up_offered": SimpleLazyObject(lambda: _is_offered(request))}


def _is_offered(request: HttpRequest) -> bool:
    is_invited = invitations.invited_to(request, sign_up_rule.of_site())
    return is_invited or sign_up_rule.is_offered(request)
