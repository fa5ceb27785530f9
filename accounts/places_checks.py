"""A system check of the database of places, so that a wrong path shows at start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from accounts.places import UNREADABLE, open_database


@register
def check_database(**_: Any) -> list[CheckMessage]:
    """accounts.E024: GEOIP_DATABASE names no file that can be read as a database of places."""
    path = settings.GEOIP_DATABASE
    if not path:
        return []
    try:
        open_database(path).close()
    except UNREADABLE as error:
        hint = "It is the path of an .mmdb file, such as GeoLite2-City.mmdb. Empty: no places."
        text = f"GEOIP_DATABASE cannot be read: {_why(error)}."
        return [Error(text, hint=hint, id="accounts.E024")]
    return []


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, OSError):
        return (error.strerror or "it cannot be opened").lower()
    return "it is not a MaxMind DB (.mmdb)"
