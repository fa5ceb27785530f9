"""Narrow lists in Django admin by rows of which there may be many: none of these lists them all."""

from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.db.models import Model, QuerySet
from django.http import HttpRequest


class OfOne(SimpleListFilter):
    """Narrow a list to what belongs to one row of `model`: that row's page leads there. Beside the
    list it names that row alone."""

    model: ClassVar[type[Model]]
    field = ""  # that leads from what is listed to the row

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        asked = request.GET.get(self.parameter_name or "", "")
        if not (asked.isascii() and asked.isdecimal()):
            return []
        chosen = self.model._default_manager.filter(pk=asked[:18]).values_list("pk", "name")
        return [(str(pk), name) for pk, name in chosen]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = {value for value, _ in self.lookup_choices}
        if self.value() not in chosen:
            return queryset
        return queryset.filter(**{self.field: self.value()})
