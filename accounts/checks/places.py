"""Check the database of places, so that a wrong path or kind shows at start."""

from itertools import islice
from typing import Any

import maxminddb
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.utils.translation import gettext, gettext_lazy

from accounts.network.places import UNREADABLE, has_place, open_database

_HINT = gettext_lazy(
    "It is the path of an .mmdb file, such as GeoLite2-City.mmdb. Empty: no places."
)
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
        text = gettext("GEOIP_DATABASE cannot be read (%(why)s).") % {"why": _why(error)}
        return [Error(text, hint=str(_HINT), id="accounts.E024")]


def _check_kind(database: maxminddb.Reader) -> list[CheckMessage]:
    """Check that the database is one of places: there are those of networks' owners and of
    anonymous proxies, too, in the same format."""
    if any(has_place(record) for _, record in islice(database, _ENOUGH)):
        return []
    kind = database.metadata().database_type
    text = gettext("GEOIP_DATABASE has no names of cities or countries (its type is %(type)s).")
    return [Warning(text % {"type": kind}, hint=str(_HINT), id="accounts.W005")]


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return gettext("there is no such file")
    if isinstance(error, OSError):
        return gettext("it cannot be opened, %(error)s") % {"error": type(error).__name__}
    return gettext("it is not a MaxMind DB (.mmdb)")
