"""Tell about where a network address is, by a database that the operator has put beside the site.

Nobody is asked: GEOIP_DATABASE is a file in MaxMind's DB format, version 2
(https://maxmind.github.io/MaxMind-DB/), whose records have `city` and `country` with `names` by
language, such as GeoLite2's and DB-IP's. It may be replaced at any time, and whatever is wrong with
it costs a person nothing but the place.
"""

import os
from ipaddress import ip_address
from threading import Lock
from typing import Any

import maxminddb
import structlog
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.text.cleaning import clean

_LONGEST = 80  # characters of a city's or a country's name
# What a file that is missing, cut off or no such database brings about.
UNREADABLE = (OSError, ValueError, TypeError, LookupError, maxminddb.InvalidDatabaseError)

_lock = Lock()
_open: dict[tuple[str, int, int, int], maxminddb.Reader] = {}  # one at most, by its version

log = structlog.get_logger("places")


def place(address: str) -> str:
    """Return such as "Berlin, Germany" in the active language, where the database has that, else in
    English; "" where the place is not known."""
    record = _record(address) if settings.GEOIP_DATABASE else {}
    city, country = _name(record, "city"), _name(record, "country")
    if city and country:
        return _("%(city)s, %(country)s") % {"city": city, "country": country}
    return country or city


def open_database(path: str) -> maxminddb.Reader:
    """Open the file at `path`; raises one of UNREADABLE.

    Read, and not mapped into memory: a mapped file that is cut off meanwhile kills the process.
    """
    return maxminddb.open_database(path, maxminddb.MODE_FILE)


def _record(address: str) -> dict[str, Any]:
    if not _is_public(address):
        return {}
    try:
        found = _look_up(address)
    except UNREADABLE as error:
        log.warning("place_not_read", error=type(error).__name__)
        return {}
    return found if isinstance(found, dict) else {}


def _is_public(address: str) -> bool:
    try:
        return ip_address(address).is_global
    except ValueError:
        return False


def _look_up(address: str) -> Any:
    """Ask the database as it is now: a file that has been replaced is opened anew."""
    path = settings.GEOIP_DATABASE
    found = os.stat(path)
    version = (path, found.st_ino, found.st_mtime_ns, found.st_size)
    with _lock:  # so that none is closed while it is read
        if version not in _open:
            close()
            _open[version] = open_database(path)
        return _open[version].get(address)


def close() -> None:
    """Close the file, until it is asked again."""
    while _open:
        _open.popitem()[1].close()


def has_place(record: Any) -> bool:
    """Return whether `record` names a city or a country, in whatever language."""
    return isinstance(record, dict) and any(_names(record, part) for part in ("city", "country"))


def _names(record: dict[str, Any], part: str) -> dict[Any, Any]:
    of_part = record.get(part)
    names = of_part.get("names") if isinstance(of_part, dict) else None
    return names if isinstance(names, dict) else {}


def _name(record: dict[str, Any], part: str) -> str:
    """Return the name of `part` in the active language (BCP 47: de-at, then de), else English."""
    names = _names(record, part)
    by_language = {str(code).lower(): name for code, name in names.items()}
    language = (get_language() or "en").lower()
    wanted = (language, language.partition("-")[0], "en")
    return clean(
        str(next((by_language[one] for one in wanted if one in by_language), "")), _LONGEST
    )
