"""Count rows for a page of Django admin up to a bound: what is more is told as that."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _


def in_words(rows: QuerySet[Any], most: int) -> str:
    """Return such as “1,234”, or “more than 10,000”: no more rows than that are read."""
    count = rows.order_by().values("pk")[: most + 1].count()
    if count > most:
        return _("more than %(count)s") % {"count": f"{most:,}"}
    return f"{count:,}"
