"""Put a person into groups and take them out, each with a security event.

What was given by hand (by an admin, an import or an invitation) stays until a hand takes it. What a
rule gave ends with its reason (groups/rules.py). To be called under the person's lock, or for
somebody new. What ends with a membership is not known here: accounts/endings/memberships.py.
"""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.db.models import QuerySet

from accounts.models import Membership, User
from accounts.models.event_kinds import Actor, Event
from accounts.security_events.details import InGroup
from accounts.security_events.record import RecordedClient, record


class NoSuchGroup(Exception):
    """Report a name that is no group's."""


def named(name: str) -> Group:
    """Return the group of this slug or, where it is none, of this name. Raises NoSuchGroup."""
    groups = Group.objects.all()
    found = groups.filter(profile__slug=name).first() or groups.filter(name=name).first()
    if found is None:
        raise NoSuchGroup(name)
    return found


def put_in(
    person: User, groups: Iterable[Group], *, actor: Actor, client: RecordedClient | None = None
) -> None:
    """Put `person` into `groups` by hand: no rule will take them out again. `client` is who does
    it, where one does."""
    for group in groups:
        row, is_new = Membership.objects.get_or_create(user=person, group=group)
        if is_new:
            _record(Event.GROUP_JOINED, person, group, actor, client=client)
        elif not row.by_hand:
            row.by_hand = True
            row.save(update_fields=["by_hand"])


def put_in_named(person: User, names: Iterable[str], *, actor: Actor) -> None:
    """Put `person` into the groups of these slugs or names. Raises NoSuchGroup before it does."""
    put_in(person, [named(name) for name in names], actor=actor)


def take_out(
    person: User, groups: Iterable[Group], *, actor: Actor, client: RecordedClient | None = None
) -> list[Group]:
    """Take back what a hand gave, and return the groups that `person` is in no longer: where a rule
    gave it, too, they stay."""
    left = []
    for row in _held(person, groups).filter(by_hand=True):
        if row.by_rule:
            row.by_hand = False
            row.save(update_fields=["by_hand"])
        else:
            row.delete()
            left.append(row.group)
            _record(Event.GROUP_LEFT, person, row.group, actor, client=client)
    return left


def choose(
    person: User, groups: Iterable[Group], *, actor: Actor, client: RecordedClient | None = None
) -> list[Group]:
    """Make `groups` those that `person` is in by hand, and return the ones that they left."""
    chosen = set(groups)
    before = set(Group.objects.filter(memberships__user=person, memberships__by_hand=True))
    put_in(person, chosen - before, actor=actor, client=client)
    return take_out(person, before - chosen, actor=actor, client=client)


def follow_rules(person: User, due: dict[Group, str]) -> list[Group]:
    """Put `person` into the groups that are `due` to them (each with the rule that says so), end
    what rules gave before, and return the groups that they left."""
    left = []
    for row in Membership.objects.filter(user=person, by_rule=True).exclude(group__in=list(due)):
        if row.by_hand:
            row.by_rule = False
            row.save(update_fields=["by_rule"])
        else:
            row.delete()
            left.append(row.group)
            _record(Event.GROUP_LEFT, person, row.group, Actor.SITE)
    for group, why in due.items():
        defaults = {"by_hand": False, "by_rule": True}
        row, is_new = Membership.objects.get_or_create(user=person, group=group, defaults=defaults)
        if is_new:
            _record(Event.GROUP_JOINED, person, group, Actor.SITE, why)
        elif not row.by_rule:
            row.by_rule = True
            row.save(update_fields=["by_rule"])
    return left


def _held(person: User, groups: Iterable[Group]) -> "QuerySet[Membership]":
    rows = Membership.objects.filter(user=person, group__in=[group.pk for group in groups])
    return rows.select_related("group").order_by("group__name")


def _record(
    kind: Event,
    person: User,
    group: Group,
    actor: Actor,
    rule: str = "",
    client: RecordedClient | None = None,
) -> None:
    record(kind, actor=actor, user=person, client=client, details=InGroup(group.name, rule))
