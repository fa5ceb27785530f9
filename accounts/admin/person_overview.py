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
from django.utils.translation import gettext as _

from accounts.models import Invitation, SecurityEvent, Session, User
from accounts.network import browser_names
from accounts.oauth_server.models import Authorization, PersonalToken
from accounts.security_events.reasons import told
from accounts.site.provider_names import provider_names
from accounts.staff import counts
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
        device = browser_names.describe(session.user_agent) or _("unknown device")
        end = (
            reverse("admin:end_session", args=[person.pk, session.sid]) if may_end_sessions else ""
        )
        cells = (device, session.address or None, session.started, session.last_seen)
        return Row(cells, end_url=end)

    headings = (_("Browser"), _("Address"), _("Signed in"), _("Last seen"))
    return _section(_("Sessions"), headings, found, row, ends=_("End"))


def _connections(request: HttpRequest, person: User) -> Section | None:
    page = _page(request, SocialAccount)
    names = provider_names()

    def cells(row: Any) -> tuple[Any, ...]:
        return (names.get(row.provider, row.provider), row.uid, row.date_joined, row.last_login)

    headings = (
        _("Third party"),
        _("Known there as"),
        _("Connected"),
        _("Last sign-in"),
    )
    return (
        page.section(_("Connections"), headings, person, cells, ends=_("Disconnect"))
        if page
        else None
    )


def _apps(request: HttpRequest, person: User) -> Section | None:
    page = _page(request, Authorization)

    def how(row: Authorization) -> str:
        vouched = _("vouched for by %(provider)s") % {"provider": row.vouched_by}
        return ", ".join([row.client.introduced, *([vouched] if row.vouched_by else [])])

    def cells(row: Authorization) -> tuple[Any, ...]:
        kind = _("Agent") if row.client.is_agent else _("App")
        used = (row.created, row.last_used, row.last_address or None)
        return (row.client, kind, row.scope, ", ".join(row.resources) or None, how(row), *used)

    headings = (
        _("App"),
        _("What it is"),
        _("Scopes"),
        _("Resources"),
        _("How it got in"),
        _("Allowed"),
        _("Last used"),
        _("From"),
    )
    return page.section(_("Apps"), headings, person, cells, ends=_("End access")) if page else None


def _tokens(request: HttpRequest, person: User) -> Section | None:
    page = _page(request, PersonalToken)

    def cells(row: PersonalToken) -> tuple[Any, ...]:
        return (row.name, row.scope, row.created, row.expires, row.last_used)

    headings = (
        _("Name"),
        _("Scopes"),
        _("Created"),
        _("Expires"),
        _("Last used"),
    )
    return (
        page.section(_("Personal access tokens"), headings, person, cells, ends=_("End"))
        if page
        else None
    )


def _events(request: HttpRequest, person: User) -> Section | None:
    page = _page(request, SecurityEvent)

    def cells(row: SecurityEvent) -> tuple[Any, ...]:
        what = (row.get_kind_display(), row.get_outcome_display(), row.get_actor_display())
        return (row.at, *what, row.client, row.address or None, told(row, {}) or None)

    headings = (
        _("Time"),
        _("Event"),
        _("Outcome"),
        _("By"),
        _("App"),
        _("Address"),
        _("Details"),
    )
    return page.section(_("Events"), headings, person, cells) if page else None


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
            (found.email, _(found.state), found.sent_at, found.used_at),
            page.address("change", found.pk),
        )

    headings = (_("Address"), _("State"), _("Sent"), _("Accepted"))
    return _section(_("Invitations"), headings, rows, row)


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
    said = counts.in_words(found, COUNTED)
    return _("The newest %(shown)s of %(said)s.") % {"shown": SHOWN, "said": said}
