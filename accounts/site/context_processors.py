"""Give every template what it may use."""

from typing import Any

from django.http import HttpRequest

from accounts.site import branding


def site(request: HttpRequest) -> dict[str, Any]:
    """Return what the site calls itself, and how it looks."""
    return branding.context()
