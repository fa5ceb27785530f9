"""Check the database of places, so that a wrong path or kind shows at start."""

from itertools import islice
from typing import Any

import maxminddb
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from accounts.network.places import UNREADABLE, has_place, open_database

_HINT = "It is the path of an .mmdb file, such as GeoLite2-City.mmdb. Empty: no places."
_ENOUGH = 100  # records: in a database of places, the very first ones are in some country


@register
def check_database(**_: Any) -> list[CheckMessage]:
    """Check that GEOIP_DATABASE names a file that can be read as a database (accounts.E024).

    accounts.W005: it can, but says nothing of cities and countries.
    """
    path = settings.GEOIP_DATABASE
    if not path:
        return []
    try:
        with open_database(path) as database:
            return _check_kind(database)
    except UNREADABLE as error:
        text = f"GEOIP_DATABASE cannot be read: {_why(error)}."
        return [Error(text, hint=_HINT, id="accounts.E024")]


def _check_kind(database: maxminddb.Reader) -> list[CheckMessage]:
    """Check that the database is one of places: there are those of networks' owners and of
    anonymous proxies, too, in the same format."""
    if any(has_place(record) for _, record in islice(database, _ENOUGH)):
        return []
    kind = database.metadata().database_type
    text = f"GEOIP_DATABASE has no names of cities or countries: it is a {kind}."
    return [Warning(text, hint=_HINT, id="accounts.W005")]


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, OSError):
        return (error.strerror or "it cannot be opened").lower()
    return "it is not a MaxMind DB (.mmdb)"
