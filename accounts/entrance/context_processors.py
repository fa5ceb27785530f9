"""Tell templates of signing up."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.entrance import sign_up_rule


def sign_up_offered(request: HttpRequest) -> dict[str, Any]:
    """Return whether people may sign up; asked where a page wants to know."""
    return {"sign_up_offered": SimpleLazyObject(lambda: sign_up_rule.is_offered(request))}
