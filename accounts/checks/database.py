"""Check what stands between the site and PostgreSQL.

It connects: `manage.py check --database default` and `migrate` run it.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection
from django.utils.translation import gettext


@register(Tags.database)
def check_pooler(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Check that statements are prepared where they stay so, and there only (accounts.W008 and
    W009)."""
    if DEFAULT_DB_ALIAS not in (databases or ()) or connection.vendor != "postgresql":
        return []
    try:
        is_pooled = _is_pooled()
    except DatabaseError:  # reported by whoever needs it
        return []
    if is_pooled and settings.DATABASE_PREPARED_STATEMENTS:
        hint = gettext(
            "Set DATABASE_PREPARED_STATEMENTS=false if it gives each transaction another "
            "connection. One that gives each client a connection of its own is as good as none, "
            "and this is only to be read."
        )
        text = gettext(
            "A pooler stands between the site and PostgreSQL, and statements are prepared."
        )
        return [Warning(text, hint=hint, id="accounts.W008")]
    if not is_pooled and not settings.DATABASE_PREPARED_STATEMENTS:
        hint = gettext(
            "Unset DATABASE_PREPARED_STATEMENTS: each statement is planned anew, which is slow."
        )
        text = gettext("Statements are not prepared, though no pooler stands before PostgreSQL.")
        return [Warning(text, hint=hint, id="accounts.W009")]
    return []


def _is_pooled() -> bool:
    """Return whether the process that was said to serve the connection is not the one that does:
    a pooler makes the number up, as it has none of PostgreSQL's yet when it is asked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
        return bool(process != cursor.connection.info.backend_pid)
