"""Compare this node's clock with others'. Codes live for a minute, tokens begin and end."""

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.checks.health import CLOCKS_MAY_DIFFER, clock_difference
from accounts.doctor.findings import Finding, Topic

topic = Topic("clock")

_APART = _("They are %(apart)s s apart.")
_REMEDY = _("Let every node, and the database's machine, ask a time server (NTP).")
_ONE_IS_WRONG = _("One is wrong. Let every node, and the proxy's machine, ask a time server (NTP).")


def examine() -> Iterator[Finding]:
    checked = _("It agrees with the database's")
    if connection.vendor != "postgresql":
        yield topic.skipped(checked, _("This database has no clock of its own."))
        return
    apart = abs(clock_difference())
    found = _APART % {"apart": round(apart)}
    if apart < CLOCKS_MAY_DIFFER:
        yield topic.ok(checked, found)
    else:
        yield topic.broken(checked, found, _REMEDY)


def against(date: str) -> Iterator[Finding]:
    """Compare it with the Date of an answer that came through the proxy (RFC 9110 section 6.6.1),
    which is whole seconds, and has been on its way."""
    checked = _("It agrees with the proxy's")
    try:
        apart = abs(time.time() - parsedate_to_datetime(date).timestamp())
    except (TypeError, ValueError, OverflowError):
        return
    found = _APART % {"apart": round(apart)}
    if apart < CLOCKS_MAY_DIFFER:
        yield topic.ok(checked, found)
    else:
        yield topic.warning(checked, found, _ONE_IS_WRONG)
