"""Look for people in Django admin by their e-mail address, in whichever way it is spelt."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.text.email_addresses import searchable


class FindsAddresses:
    """Find what was typed in a ModelAdmin's search, and the domain in it as it is stored."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        search = super().get_search_results  # type: ignore[misc]
        found, may_repeat = search(request, queryset, search_term)
        stored = searchable(search_term)
        if stored == search_term:
            return found, may_repeat
        more, more_may_repeat = search(request, queryset, stored)
        return found | more, may_repeat or more_may_repeat
