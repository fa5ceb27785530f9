"""Find rows in Django admin by what an index knows, however large their table is.

Django's own search is one condition over all columns and joins, for which a database reads the
whole table: 13 seconds and more among five million events. Here each kind of match is asked for by
itself, in parts of one statement, what is exact before what is contained, and of each kind the
newest rows alone.

People and clients are found by how the words of their names and addresses begin, which an index
knows (accounts/storage/word_index.py). Where no word begins so, what was typed is looked for
anywhere in them, among the newest ones: on a small site these are all.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from accounts.storage import word_index
from accounts.storage.among import Among, instead
from accounts.text.email_addresses import searchable

# Rows of one kind of match, the newest ones. With 500, PostgreSQL took several times as long for
# the same searches among a million events.
MOST = 1_000
CALLED = 200  # people of a name, whose rows are looked for
NEWEST = 20_000  # rows in which a text is looked for that no index knows
MOST_COUNTED = 10_000  # rows that can be paged through
WORDS = 4  # that are looked for one by one
PER_PAGE = 50


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Count rows up to MOST_COUNTED: to count millions takes longer than to show a page of them."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST_COUNTED].count())

    def page(self, number: Any) -> Page:  # type: ignore[type-arg]
        """Return a page. To get there, the database reads keys alone in their order, and joins
        nothing to what it passes over."""
        number = self.validate_number(number)
        rows: Any = self.object_list
        first = (number - 1) * self.per_page
        keys = rows.values_list("pk", flat=True)
        shown = list(keys[first : min(first + self.per_page, self.count)])
        return Page(instead(rows, shown), number, self)


class BoundedList(ChangeList):
    """Sort by columns that may be sorted by, also where an address asks for another one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Added to each link by hand: Django finds out for each row anew which page it leads to,
        # which takes a quarter of the time of a list.
        self._filters, self.preserved_filters = self.preserved_filters, ""

    def url_for_result(self, result: Any) -> str:
        url: str = super().url_for_result(result)
        return f"{url}?{self._filters}" if self._filters else url

    def get_ordering_field(self, field_name: Any) -> Any:
        is_open = field_name in (self.sortable_by or ())
        return super().get_ordering_field(field_name) if is_open else None


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
    list_per_page: Any = PER_PAGE
    show_full_result_count = False

    def get_changelist(self, request: HttpRequest, **_: Any) -> type[ChangeList]:
        return BoundedList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return the rows with all that was typed, as one or word by word."""
        words = list(dict.fromkeys(search_term.split()))
        if not words:
            return queryset, False
        search = _Search(self)
        found = search.found(queryset, " ".join(words))
        if found or len(words) == 1:
            return instead(queryset, found), False
        for word in words[:WORDS]:
            found = search.found(queryset, word)
            queryset = search.narrowed(queryset, found)
        return queryset, False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        answer: HttpResponse = super().changelist_view(request, extra_context)  # type: ignore[misc]
        shown = getattr(answer, "context_data", None) or {}
        if "cl" in shown and shown["cl"].result_count >= MOST_COUNTED:
            shown["subtitle"] = f"The first {MOST_COUNTED:,}. Search or filter to see others."
        return answer


class _Search:
    """Look for words in the rows of a page, and ask once for what each of them needs."""

    def __init__(self, page: FindsRows) -> None:
        self._page = page
        self._oldest: dict[Any, int] = {}

    def found(self, rows: QuerySet[Any], typed: str) -> set[int]:
        """Return the primary keys of the rows with what was typed, or with the domain in it as it
        is stored: of those where something is the same, or else is contained."""
        spelt = dict.fromkeys((typed, searchable(typed)))
        same = [condition for word in spelt for condition in self._same(rows, word)]
        return _newest(rows, same) or _newest(
            rows, [condition for word in spelt for condition in self._alike(rows, word)]
        )

    def narrowed(self, rows: QuerySet[Any], found: set[int]) -> QuerySet[Any]:
        """Return those of `rows` that were found: so few that each is looked into."""
        self._oldest[rows.model] = 0
        return instead(rows, found)

    def _same(self, rows: QuerySet[Any], word: str) -> Iterator[Q]:
        page = self._page
        if " " not in word:  # which is in names alone
            for column in page.exact:
                yield Q(**{column: word})
            for column, field in page.gone.items():
                yield Q(**{column: word, f"{field}__isnull": True})
            if page.person:
                yield from _of(page.person, named_people(word))
        if page.client:
            yield from _of(page.client, named_clients(_clients(rows, page.client), word))

    def _alike(self, rows: QuerySet[Any], word: str) -> Iterator[Q]:
        page = self._page
        if page.person:
            is_own = page.person == "pk"
            among, most = (rows, MOST) if is_own else (User.objects.all(), CALLED)
            addresses = EmailAddress.objects.all()
            columns = {among: (("name", "email"), "pk"), addresses: (("email",), "user")}
            yield from _of(page.person, self._called(columns, word)[:most])
        if page.client:
            called = self._called({_clients(rows, page.client): (("name",), "pk")}, word)
            yield from _of(page.client, called[:MOST])
        if page.text and (" " not in word or not word_index.is_there()):
            yield self._among_newest(rows) & Q(**{f"{page.text}__icontains": word})

    def _called(self, among: dict[Any, tuple[tuple[str, ...], str]], words: str) -> list[int]:
        """Return those whose columns have these words, or else hold them."""
        if word_index.is_there():
            begin = (
                rows.filter(word_index.HasWords(*columns, typed=words)).values_list(of)
                for rows, (columns, of) in among.items()
            )
            if (found := _keys(begin)) or " " in words:  # each word is looked for by itself then
                return found
        hold = (
            rows.filter(
                self._among_newest(rows),
                Q(*((f"{column}__icontains", words) for column in columns), _connector=Q.OR),
            ).values_list(of)
            for rows, (columns, of) in among.items()
        )
        return _keys(hold)

    def _among_newest(self, rows: QuerySet[Any]) -> Q:
        """Limit to the newest rows of a table. Which is the oldest of them is a value: for what
        a subquery says, PostgreSQL would reckon with a third of the table."""
        if rows.model not in self._oldest:
            oldest = rows.order_by("-pk").values_list("pk", flat=True)[NEWEST - 1 : NEWEST]
            self._oldest[rows.model] = next(iter(oldest), 0)
        return Q(pk__gte=self._oldest[rows.model])


def _newest(rows: QuerySet[Any], conditions: list[Q]) -> set[int]:
    """Return the primary keys of the newest rows for each condition."""
    by_age = rows.order_by("-pk").values_list("pk")
    return set(_keys((by_age.filter(each) for each in conditions), is_ordered=True))


def _keys(queries: Iterable[QuerySet[Any, Any]], *, is_ordered: bool = False) -> list[int]:
    """Return the first keys of each query, asked for as one statement where the database can."""
    parts = [(each if is_ordered else each.order_by())[:MOST] for each in queries]
    if not parts:
        return []
    if len(parts) > 1 and connection.features.supports_slicing_ordering_in_compound:
        parts = [parts[0].union(*parts[1:], all=True)]
    return list(dict.fromkeys(key for part in parts for (key,) in part))


def _of(field: str, keys: list[int]) -> Iterator[Q]:
    """Yield the condition that a row is of one of these people or clients, if there are any."""
    if keys:
        yield Q(Among(field if field == "pk" else f"{field}_id", keys))


def _clients(rows: QuerySet[Any], field: str) -> QuerySet[Any]:
    if field == "pk":
        return rows
    related: Any = rows.model._meta.get_field(field).related_model
    found: QuerySet[Any] = related.objects.all()
    return found


def named_clients(clients: QuerySet[Any], word: str) -> list[int]:
    """Return the clients with this ID, or of this name."""
    named = clients.filter(name__iexact=word)
    if word_index.is_there():
        named = named.filter(word_index.HasWords("name", typed=word))
    return _keys(each.values_list("pk") for each in (clients.filter(client_id=word), named))


def named_people(word: str) -> list[int]:
    """Return the people with this address, a second one included, or this subject."""
    address = word.lower()
    people = User.objects.filter(Q(email=address) | Q(sub=word)).values_list("pk")
    return _keys((people, EmailAddress.objects.filter(email=address).values_list("user")))
