"""Follow the rules of all groups anew, as after third parties in the environment have changed."""

from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand

from accounts.endings.memberships import settle_group
from accounts.models import Membership


class Command(BaseCommand):
    help = (
        "Looks at everybody whom a rule of a group may be about, and says how many are in by one."
    )

    def handle(self, **options: Any) -> None:
        for group in Group.objects.order_by("name"):
            settle_group.call(group.pk)
            count = Membership.objects.filter(group=group, by_rule=True).count()
            self.stdout.write(f"{group.name}: {count} by rule")
