"""Have group rules hold, and end what somebody may not use any more once they have left a group.

A rule is looked at again whenever its reason may have changed: at each sign-in, when an address or
a connection comes or goes, and for everybody whom it may be about when an admin changes it. Bearer
tokens of an app that is not open to their person open nothing from then on, whatever has been
ended here by that time (accounts/oauth_server/presented.py).
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from allauth.account.signals import email_removed
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.signals import (
    social_account_added,
    social_account_removed,
    social_account_updated,
)
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import receiver
from django_tasks import task

from accounts.endings import people
from accounts.groups import membership, rules
from accounts.models import Membership, User
from accounts.models.event_kinds import Actor
from accounts.oauth_server.models import Authorization, Client
from accounts.oauth_server.models.access import closed_to_their_person

BATCH = 500  # people
_NAMED = 5  # apps


def settle(user: User) -> None:
    """Have `user` in the groups that rules give them, and in no other that a rule gave before."""
    with transaction.atomic():
        person = User.objects.lock(user.pk)
        if person is not None:
            settle_locked(person)


def settle_locked(person: User) -> None:
    """Do what `settle` does, under the person's lock."""
    if membership.follow_rules(person, rules.due(person)):
        end_what_is_closed(person, actor=Actor.SITE)


def choose_groups(
    person: User, groups: list[Group], *, actor: Actor, client: Client | None = None
) -> None:
    """Make `groups` those that `person` is in by hand, under their lock."""
    if membership.choose(person, groups, actor=actor, client=client):
        end_what_is_closed(person, actor=actor, by=client)


def end_what_is_closed(person: User, *, actor: Actor, by: Client | None = None) -> None:
    """End the access of every app that is not open to `person`, under their lock. `by` is the app
    that took them out of a group, where one did."""
    held = Authorization.objects.filter(user=person).select_related("user", "client")
    for authorization in held.filter(closed_to_their_person()):
        people.end_access(authorization, actor=actor, by=by)


def closed() -> QuerySet[Authorization]:
    """Return what apps hold of people whom they are not open to any more."""
    found: QuerySet[Authorization] = Authorization.objects.filter(closed_to_their_person())
    return found


def end_some(at_most: int) -> int:
    """End some of what is `closed`, and return how many authorizations that were."""
    some = list(closed().order_by("pk").values_list("user_id", flat=True)[:at_most])
    for user in User.objects.filter(pk__in=some).order_by("pk"):
        with transaction.atomic():
            User.objects.lock(user.pk)
            end_what_is_closed(user, actor=Actor.SITE)
    return len(some)


def ends_with(group: Group) -> str:
    """Say what the deletion of `group` ends, as Django admin's log keeps it."""
    number = Membership.objects.filter(group=group).count()
    ended = f"{number} membership{'' if number == 1 else 's'} ended."
    names = list(
        Client.objects.filter(groups=group).order_by("name").values_list("name", flat=True)
    )
    if not names:
        return f"{ended} No app was open by it."
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    listed = ", ".join(names[:_NAMED])
    return f"{ended} No longer open by it: {listed}{more}."


def settle_group_later(group_id: int) -> None:
    """Have the rules of a group hold for everybody, after the commit."""
    _enqueue(settle_group, group_id)


def end_closed_later(client_ids: list[int]) -> None:
    """End what these apps hold of people whom they are not open to, after the commit."""
    for client_id in client_ids:
        _enqueue(end_closed, client_id)


@task()
def settle_group(group_id: int) -> None:
    for user in _in_batches(rules.concerned_by(group_id)):
        settle(user)


@task()
def end_closed(client_id: int) -> None:
    """End what an app holds of each person whom it is not open to, each in a transaction."""
    held = Authorization.objects.filter(closed_to_their_person(), client=client_id)
    for user in _in_batches(User.objects.filter(authorizations__in=held)):
        with transaction.atomic():
            person = User.objects.lock(user.pk)
            if person is not None:
                end_what_is_closed(person, actor=Actor.ADMIN)


def _enqueue(work: Any, *arguments: Any) -> None:
    if work.get_backend().supports_defer:
        work.enqueue(*arguments)
    else:
        transaction.on_commit(partial(work.enqueue, *arguments))


def _in_batches(users: QuerySet[User]) -> Iterator[User]:
    """Yield them in the order of their keys, so that whoever changes meanwhile is met once."""
    last = 0
    while batch := list(users.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield from batch
        last = batch[-1].pk


@receiver(email_removed)
def address_removed(user: User, **_: Any) -> None:
    settle(user)


@receiver([social_account_added, social_account_updated])
def connection_told(sociallogin: SocialLogin, **_: Any) -> None:
    settle(sociallogin.account.user)


@receiver(social_account_removed)
def connection_removed(socialaccount: SocialAccount, **_: Any) -> None:
    settle(socialaccount.user)
