"""Log deletions in Django admin in a way that can be recorded."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest


class DeletionsOneByOne:
    """Log the deletions of a ModelAdmin one at a time. Django 5.2 logs several at once with
    bulk_create, which sends no signal; one at a time, each is recorded
    (accounts/admin/recorders.py)."""

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        entries: list[Any] = []
        for row in queryset:
            entries += super().log_deletions(request, [row])  # type: ignore[misc]
        return entries
