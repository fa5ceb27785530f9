"""Show who is in a group, on its page and in the list of people, to superusers alone."""

from typing import Any

from django.contrib.auth.models import Group
from django.db.models import IntegerField, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.staff.list_filters import OfOne
from accounts.staff.model_admin import is_superuser
from accounts.text.email_addresses import readable

SHOWN = 50  # people
COUNTED = 1_000


class Counted(Subquery):
    """Count rows, as many as COUNTED and one more."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet[Any]) -> None:
        super().__init__(rows.order_by().values("pk")[: COUNTED + 1])


def counted(number: int) -> str:
    if number <= COUNTED:
        return str(number)
    return _("more than %(count)s") % {"count": f"{COUNTED:,}"}


class InGroup(OfOne):
    """Narrow the list of people to one group."""

    title = "group"
    parameter_name = "group"
    model = Group
    field = "memberships__group"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return super().lookups(request, model_admin) if is_superuser(request) else []


def members(group: Group) -> SafeString:
    """Name the people who are in `group`, the newest SHOWN of them, each with a link."""
    rows = Membership.objects.filter(group=group).select_related("user")
    found = sorted(rows.order_by("-pk")[:SHOWN], key=lambda row: row.user.email)
    listed = format_html_join(
        "",
        '<li><a href="{}">{}</a>{}</li>',
        (
            (
                reverse("admin:accounts_user_change", args=[row.user_id]),
                row.user.name or readable(row.user.email) or row.user.sub,
                "" if row.by_hand else " (by a rule)",
            )
            for row in found
        ),
    )
    number = rows.order_by()[: COUNTED + 1].count()
    all_of_them = f"{reverse('admin:accounts_user_changelist')}?group={group.pk}"
    if not number:
        return SafeString(_("Nobody"))
    link = format_html('<a href="{}">Search among all {}</a>', all_of_them, counted(number))
    return format_html("<ul>{}</ul><p>{}</p>", listed, link)
