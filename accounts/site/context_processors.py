"""Give every template what it may use."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.site import branding, form_tokens


def site(request: HttpRequest) -> dict[str, Any]:
    """Return what the site calls itself, and how it looks."""
    return branding.context()


def form_token(request: HttpRequest) -> dict[str, Any]:
    """Return the CSRF token of forms, made where a page has one: it makes the page set a cookie."""
    return {"csrf_token": SimpleLazyObject(lambda: form_tokens.of(request))}
