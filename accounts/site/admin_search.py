"""Find rows in Django admin by what an index knows, however large their table is.

Django's own search is one condition over all columns and joins, for which a database reads the
whole table: 13 seconds and more among five million events. Here each kind of match is asked for by
itself, what is exact before what is contained, and of each kind the newest rows alone.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

from accounts.models import User
from accounts.text.email_addresses import searchable

MOST = 1_000  # rows of one kind of match, the newest ones
NEWEST = 20_000  # rows in which a text is looked for that no index knows
MOST_COUNTED = 10_000  # rows that can be paged through


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Count rows up to MOST_COUNTED: to count millions takes longer than to show a page of them."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST_COUNTED].count())


class FindsRows:
    """Search in a ModelAdmin by its own columns, by people and by clients.

    `exact` are columns that are compared as a whole; `gone` those that only tell whose a row was,
    with the field that is null by then. `person` and `client` the fields that lead to
    whose row it is ("pk" for a person's own), `text` is looked for in the newest rows alone.
    `search_fields` is what makes Django show the box, and no more.
    """

    exact: ClassVar[tuple[str, ...]] = ()
    gone: ClassVar[dict[str, str]] = {}
    person = ""
    client = ""
    text = ""
    paginator: Any = BoundedPaginator
    show_full_result_count = False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return the rows with all that was typed, as one or word by word."""
        words = search_term.split()
        if not words:
            return queryset, False
        found = self._found(queryset, " ".join(words))
        if found or len(words) == 1:
            return queryset.filter(pk__in=found), False
        for word in words:
            queryset = queryset.filter(pk__in=self._found(queryset, word))
        return queryset, False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        answer: HttpResponse = super().changelist_view(request, extra_context)  # type: ignore[misc]
        shown = getattr(answer, "context_data", None) or {}
        if "cl" in shown and shown["cl"].result_count >= MOST_COUNTED:
            shown["subtitle"] = f"The first {MOST_COUNTED:,}. Search or filter to see others."
        return answer

    def _found(self, rows: QuerySet[Any], typed: str) -> set[Any]:
        """Return the primary keys of the rows with what was typed, or with the domain in it as it
        is stored: of those where something is the same, or else is contained."""
        spelt = dict.fromkeys((typed, searchable(typed)))
        same = (condition for word in spelt for condition in self._same(rows, word))
        alike = (condition for word in spelt for condition in self._alike(rows, word))
        return _newest(rows, same) or _newest(rows, alike)

    def _same(self, rows: QuerySet[Any], word: str) -> Iterator[Q]:
        for column in self.exact:
            yield Q(**{column: word})
        for column, field in self.gone.items():
            yield Q(**{column: word, f"{field}__isnull": True})
        if self.person:
            yield Q(**{f"{self.person}__in": named_people(word)})
        if self.client:
            named = named_clients(_clients(rows, self.client), word)
            yield Q(**{f"{self.client}__in": named})

    def _alike(self, rows: QuerySet[Any], word: str) -> Iterator[Q]:
        if self.person:
            yield Q(**{f"{self.person}__in": _called(word)})
        if self.client:
            called = _clients(rows, self.client).filter(name__icontains=word).values_list("pk")
            yield Q(**{f"{self.client}__in": [pk for (pk,) in called[:MOST]]})
        if self.text:
            oldest = rows.order_by("-pk").values_list("pk", flat=True)[NEWEST - 1 : NEWEST]
            yield Q(**{"pk__gte": next(iter(oldest), 0), f"{self.text}__icontains": word})


def _newest(rows: QuerySet[Any], conditions: Iterator[Q]) -> set[Any]:
    """Return the primary keys of the newest rows for each condition, each found by itself."""
    found: set[Any] = set()
    for condition in conditions:
        found.update(
            pk for (pk,) in rows.filter(condition).order_by("-pk").values_list("pk")[:MOST]
        )
    return found


def _clients(rows: QuerySet[Any], field: str) -> QuerySet[Any]:
    related: Any = rows.model._meta.get_field(field).related_model
    found: QuerySet[Any] = related.objects.all()
    return found


def named_clients(clients: QuerySet[Any], word: str) -> list[int]:
    """Return the clients with this ID, or of this name."""
    named = clients.filter(Q(client_id=word) | Q(name__iexact=word)).values_list("pk")
    return [pk for (pk,) in named[:MOST]]


def named_people(word: str) -> list[int]:
    """Return the people with this address, a second one included, or this subject."""
    address = word.lower()
    found = set(User.objects.filter(Q(email=address) | Q(sub=word)).values_list("pk", flat=True))
    return [*found, *EmailAddress.objects.filter(email=address).values_list("user", flat=True)]


def _called(word: str) -> list[int]:
    """Return people whose name or address holds this."""
    people = User.objects.filter(Q(email__icontains=word) | Q(name__icontains=word))
    addresses = EmailAddress.objects.filter(email__icontains=word)
    return [
        *people.values_list("pk", flat=True)[:MOST],
        *addresses.values_list("user", flat=True)[:MOST],
    ]
