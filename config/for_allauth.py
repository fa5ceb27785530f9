"""Read settings for allauth, the way that costs least: it looks for some of them twenty times a
page."""

from django.conf import settings


def read(name: str, default: object) -> object:
    """Return a setting, `default` where it is not set."""
    return getattr(settings, name, default)
