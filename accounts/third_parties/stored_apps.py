"""Read the third parties that admins have added, by one statement that is written by hand.

Every page that names third parties asks for them anew: who was taken away is gone at once.
"""

from functools import cache

from allauth.socialaccount.models import SocialApp

from accounts.storage.rows import Rows, rows_of


def stored_apps() -> list[SocialApp]:
    """Return what `SocialApp.objects.all()` finds."""
    rows, statement = _reading()
    return [rows.read(iter(row)) for row in rows_of(statement)]


@cache
def _reading() -> tuple[Rows[SocialApp], str]:
    rows = Rows(SocialApp)
    return rows, f'SELECT {rows.columns("a")} FROM "{rows.table}" a'  # noqa: S608
