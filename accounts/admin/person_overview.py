"""Show on the page of a person in Django admin what there is of them: the newest of each kind, as
far as the admin may view it, with links to end it and to all of it. Never a secret."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Invitation, SecurityEvent, Session, User
from accounts.network import browser_names
from accounts.oauth_server.models import Authorization, PersonalToken
from accounts.security_events.reasons import told
from accounts.site.provider_names import provider_names
from accounts.staff.model_admin import ModelAdmin

SHOWN = 20  # rows of each kind
COUNTED = 1_000


@dataclass(frozen=True)
class Row:
    cells: tuple[Any, ...]
    url: str = ""  # of the row's own page
    end_url: str = ""


@dataclass(frozen=True)
class Section:
    title: str
    headings: tuple[str, ...]
    rows: list[Row]
    ends: str = ""  # the word for it
    how_many: str = ""  # where not all are shown
    all_url: str = ""


def sections(request: HttpRequest, person: User, *, may_end_sessions: bool) -> Iterator[Section]:
    yield _sessions(person, may_end_sessions=may_end_sessions and person != request.user)
    for make in (_connections, _apps, _tokens, _events, _invitations):
        section = make(request, person)
        if section:
            yield section


def _sessions(person: User, *, may_end_sessions: bool) -> Section:
    found = Session.objects.of(person).order_by("-last_seen", "-started")

    def row(session: Session) -> Row:
        device = browser_names.describe(session.user_agent) or "unknown device"
        end = (
            reverse("admin:end_session", args=[person.pk, session.sid]) if may_end_sessions else ""
        )
        cells = (device, session.address or None, session.started, session.last_seen)
        return Row(cells, end_url=end)

    headings = ("Browser", "Address", "Signed in", "Last seen")
    return _section("Sessions", headings, found, row, ends="End")


def _connections(request: HttpRequest, person: User) -> Section | None:
    page = _page(request, SocialAccount)
    names = provider_names()

    def cells(row: Any) -> tuple[Any, ...]:
        return (names.get(row.provider, row.provider), row.uid, row.date_joined, row.last_login)

    headings = ("Third party", "Known there as", "Connected", "Last sign-in")
    return page.section("Connections", headings, person, cells, ends="Disconnect") if page else None


def _apps(request: HttpRequest, person: User) -> Section | None:
    page = _page(request, Authorization)

    def cells(row: Authorization) -> tuple[Any, ...]:
        return (row.client, row.scope, row.created, row.last_used, row.last_address or None)

    headings = ("App", "Scopes", "Allowed", "Last used", "From")
    return page.section("Apps", headings, person, cells, ends="End access") if page else None


def _tokens(request: HttpRequest, person: User) -> Section | None:
    page = _page(request, PersonalToken)

    def cells(row: PersonalToken) -> tuple[Any, ...]:
        return (row.name, row.scope, row.created, row.expires, row.last_used)

    headings = ("Name", "Scopes", "Created", "Expires", "Last used")
    return (
        page.section("Personal access tokens", headings, person, cells, ends="End")
        if page
        else None
    )


def _events(request: HttpRequest, person: User) -> Section | None:
    page = _page(request, SecurityEvent)

    def cells(row: SecurityEvent) -> tuple[Any, ...]:
        what = (row.get_kind_display(), row.get_outcome_display(), row.get_actor_display())
        return (row.at, *what, row.client, row.address or None, told(row, {}) or None)

    headings = ("Time", "Event", "Outcome", "By", "App", "Address", "Details")
    return page.section("Events", headings, person, cells) if page else None


def _invitations(request: HttpRequest, person: User) -> Section | None:
    """Return those that they accepted, and those that wait for an address of theirs."""
    page = _page(request, Invitation)
    if page is None:
        return None
    addresses = EmailAddress.objects.filter(user=person, verified=True).values("email")
    waiting = Q(used_at=None, withdrawn_at=None, email__in=addresses)
    rows = page.rows.filter(Q(used_by=person) | waiting).order_by("-pk")

    def row(found: Invitation) -> Row:
        return Row(
            (found.email, found.state, found.sent_at, found.used_at),
            page.address("change", found.pk),
        )

    headings = ("Address", "State", "Sent", "Accepted")
    return _section("Invitations", headings, rows, row)


@dataclass(frozen=True)
class _Page:
    """Hold the rows of a model and its pages, for an admin who may view them."""

    page: ModelAdmin
    rows: QuerySet[Any]
    may_delete: bool

    def address(self, name: str, *args: Any) -> str:
        opts = self.page.opts
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_{name}", args=args)

    def section(
        self,
        title: str,
        headings: tuple[str, ...],
        person: User,
        cells: Callable[[Any], tuple[Any, ...]],
        ends: str = "",
    ) -> Section:
        def row(found: Any) -> Row:
            may_end = ends and self.may_delete
            end = f"{self.address('delete', found.pk)}?person={person.pk}" if may_end else ""
            return Row(cells(found), self.address("change", found.pk), end)

        rows = self.rows.filter(user=person).order_by("-pk")
        listed = f"{self.address('changelist')}?q={person.sub}"
        return _section(title, headings, rows, row, ends=ends, all_url=listed)


def _page(request: HttpRequest, model: type[Model]) -> _Page | None:
    page: Any = admin.site.get_model_admin(model)
    if not page.has_view_permission(request):
        return None
    rows = page.get_queryset(request)
    if any(field.name == "client" for field in model._meta.fields):
        rows = rows.select_related("client")
    return _Page(page, rows, page.has_delete_permission(request))


def _section(
    title: str,
    headings: tuple[str, ...],
    found: QuerySet[Any],
    row: Callable[[Any], Row],
    *,
    ends: str = "",
    all_url: str = "",
) -> Section:
    rows = list(found[: SHOWN + 1])
    how_many = _how_many(found) if len(rows) > SHOWN else ""
    shown = [row(each) for each in rows[:SHOWN]]
    return Section(title, headings, shown, ends, how_many, all_url)


def _how_many(found: QuerySet[Any]) -> str:
    count = found.order_by()[: COUNTED + 1].count()
    said = f"more than {COUNTED:,}" if count > COUNTED else f"{count}"
    return f"The newest {SHOWN} of {said}."
