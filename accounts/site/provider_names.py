"""Name the third parties that are set up here, by their IDs."""

from collections.abc import Iterable
from math import inf
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp


def provider_names() -> dict[str, str]:
    """Return the names of the third parties that are set up, by their IDs here."""
    return _names(get_adapter().list_apps(None))


def offered_names() -> dict[str, str]:
    """Return the names of those that people may sign in with: an admin can take away the button
    alone, by allauth's setting `hidden`."""
    apps = get_adapter().list_apps(None)
    return _names(app for app in apps if not app.settings.get("hidden"))


def in_order(providers: Iterable[Any]) -> list[Any]:
    """Return providers as their buttons stand: by the position that an admin chose, then by
    name."""
    return sorted(providers, key=lambda each: (_position(each.app), str(each.name).casefold()))


def _position(app: SocialApp | None) -> float:
    position = app.settings.get("position") if app else None
    return position if isinstance(position, int) else inf


def _names(apps: Iterable[SocialApp]) -> dict[str, str]:
    return {app.provider_id or app.provider: app.name for app in apps}
