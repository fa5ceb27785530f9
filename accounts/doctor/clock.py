"""Compare this node's clock with others'. Codes live for a minute, tokens begin and end."""

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from django.db import connection

from accounts.checks.health import CLOCKS_MAY_DIFFER, clock_difference
from accounts.doctor.findings import Finding, Topic

topic = Topic("clock")

_REMEDY = "Let every node, and the database's machine, ask a time server (NTP)."


def examine() -> Iterator[Finding]:
    checked = "It agrees with the database's"
    if connection.vendor != "postgresql":
        yield topic.skipped(checked, "This database has no clock of its own.")
        return
    apart = clock_difference()
    if abs(apart) < CLOCKS_MAY_DIFFER:
        yield topic.ok(checked, f"They are {abs(apart):.0f} s apart.")
    else:
        yield topic.broken(checked, f"They are {abs(apart):.0f} s apart.", _REMEDY)


def against(date: str, whose: str) -> Iterator[Finding]:
    """Compare it with the Date of somebody's answer (RFC 9110 section 6.6.1), which is whole
    seconds, and has been on its way."""
    checked = f"It agrees with that of {whose}"
    try:
        apart = abs(time.time() - parsedate_to_datetime(date).timestamp())
    except (TypeError, ValueError):
        return
    if apart < CLOCKS_MAY_DIFFER:
        yield topic.ok(checked, f"They are {apart:.0f} s apart.")
    else:
        yield topic.warning(checked, f"They are {apart:.0f} s apart.", f"One is wrong. {_REMEDY}")
