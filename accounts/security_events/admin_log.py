"""Deletions in Django admin, logged in a way that can be recorded."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest


class DeletionsOneByOne:
    """For a ModelAdmin. Django 5.2 logs several deletions at once with bulk_create, which sends no
    signal; one at a time, each is recorded (accounts/admin/recorders.py)."""

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        entries: list[Any] = []
        for row in queryset:
            entries += super().log_deletions(request, [row])  # type: ignore[misc]
        return entries
