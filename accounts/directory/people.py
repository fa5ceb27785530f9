"""Find and add people, switch their accounts off and on, and choose their groups, for a client that
a superuser let do that.

Who has rights in Django admin is beyond a client's reach, whichever way they came by them.
"""

from typing import Any

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.endings import activation, memberships
from accounts.entrance.mailed_links import account_links
from accounts.groups import membership
from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import Client
from accounts.security_events.record import record
from accounts.site.admin_search import named_people


class OutOfReach(Exception):
    """Refuse to touch somebody with rights in Django admin."""


def everybody() -> Any:
    return User.objects.all()


def named(text: str) -> Any:
    """Return the people with this address, a second one included, or this subject."""
    return User.objects.filter(pk__in=named_people(text))


def lock(pk: int) -> None:
    """Lock the row of a person, active or not, for the rest of the transaction."""
    User.objects.select_for_update(no_key=True).filter(pk=pk).first()


def deactivate(pk: int, *, by: Client) -> None:
    """Switch the account off, as an admin does; nothing where it is off. Raises OutOfReach."""
    with transaction.atomic():
        lock(pk)  # so that nobody becomes an admin meanwhile
        _check_reach(pk)
        activation.deactivate(pk, by=by)


class Taken(Exception):
    """Refuse an address that somebody has here already."""


def add(email: str, name: str, groups: list[Group], *, by: Client) -> User:
    """Add somebody, in these groups, and mail them a link to set the account up, as where an admin
    does. In a transaction. Raises Taken, and OutOfReach for a group that gives rights."""
    if any(group.permissions.exists() for group in groups):
        raise OutOfReach
    if User.objects.owning(email) or User.objects.filter(email=email).exists():
        raise Taken
    try:
        with transaction.atomic():
            person = User.objects.create_user(email, name=name)
    except IntegrityError as error:  # somebody else added them at the same moment
        raise Taken from error
    record(Event.ACCOUNT_MADE, actor=Actor.CLIENT, user=person, client=by, is_told=False)
    membership.put_in(person, groups, actor=Actor.CLIENT, client=by)
    memberships.settle_locked(person)
    account_links.send(person.pk)
    return person


def reactivate(pk: int, *, by: Client) -> None:
    """Switch the account on again; nothing where it is on. Raises OutOfReach."""
    with transaction.atomic():
        lock(pk)
        _check_reach(pk)
        activation.reactivate(pk, by=by)


def groups_of(person: User) -> QuerySet[Group]:
    """Return the groups that `person` is in, by hand or by a rule."""
    found = Group.objects.filter(memberships__user=person).select_related("profile")
    return found.order_by("name")


def choose_groups(pk: int, chosen: list[Group], *, by: Client) -> None:
    """Make `chosen` the groups that somebody is in by hand; what a rule gives stays. Raises
    OutOfReach, also for a group that gives rights."""
    with transaction.atomic():
        lock(pk)
        _check_reach(pk)
        if any(group.permissions.exists() for group in chosen):
            raise OutOfReach
        person = User.objects.get(pk=pk)
        memberships.choose_groups(person, chosen, actor=Actor.CLIENT, client=by)


def _check_reach(pk: int) -> None:
    if User.objects.trusted().filter(pk=pk).exists():
        raise OutOfReach
