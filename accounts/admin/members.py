"""Show who is in a group, on its page and in the list of people, to superusers alone."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.models import Membership
from accounts.staff.model_admin import is_superuser
from accounts.text.email_addresses import readable

SHOWN = 50  # people


class InGroup(SimpleListFilter):
    """Narrow the list of people to one group: the page of a group leads there. Beside the list it
    names that group alone, as there may be many."""

    title = "group"
    parameter_name = "group"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        asked = request.GET.get(self.parameter_name, "")
        if not is_superuser(request) or not (asked.isascii() and asked.isdecimal()):
            return []
        chosen = Group.objects.filter(pk=asked[:18]).values_list("pk", "name")
        return [(str(pk), name) for pk, name in chosen]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = {value for value, _ in self.lookup_choices}
        if self.value() not in chosen:
            return queryset
        return queryset.filter(memberships__group=self.value())


def members(group: Group) -> SafeString:
    """Name the people who are in `group`, the first SHOWN of them, each with a link."""
    rows = Membership.objects.filter(group=group).select_related("user")
    found = rows.order_by("user__email")[:SHOWN]
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
    number, all_of_them = (
        rows.count(),
        f"{reverse('admin:accounts_user_changelist')}?group={group.pk}",
    )
    if not number:
        return SafeString("Nobody")
    link = format_html('<a href="{}">Search among all {}</a>', all_of_them, number)
    return format_html("<ul>{}</ul><p>{}</p>", listed, link)
