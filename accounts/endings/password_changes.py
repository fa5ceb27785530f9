"""End what a changed password ends: other browsers, and after a reset the apps' access too.

allauth tells by signal that a password was changed (by someone who knew the old one) or reset
(by someone who could not sign in: perhaps because somebody else had got in). Each session has a
digest of the password in it: one that is not ended here would end by itself, unannounced.
"""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.contrib import messages
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.endings import people
from accounts.models import Session, User
from accounts.models.event_kinds import Actor, Event
from accounts.security_events.details import Action, AdminChange
from accounts.security_events.receipts import Receipt, in_words
from accounts.security_events.record import record
from accounts.sessions.store import digest


@receiver(password_changed)
def end_other_browsers(request: HttpRequest, user: User, **kwargs: Any) -> None:
    ended = _end_other_browsers(request, user)
    receipt = Receipt(sessions=ended)
    told = _("Authorized apps keep their access. To end it too, choose “Sign out everywhere”.")
    messages.info(request, f"{in_words(receipt)} {told}" if ended else told)


@receiver(password_set)
def end_other_browsers_at_first(request: HttpRequest, user: User, **kwargs: Any) -> None:
    ended = _end_other_browsers(request, user)
    if ended:
        messages.info(request, in_words(Receipt(sessions=ended)))


def _end_other_browsers(request: HttpRequest, user: User) -> int:
    current = digest(request.session.session_key or "")
    others = Session.objects.filter(user=user).exclude(pk=current)
    return people.end_other_browsers(request, user, others)


@receiver(password_reset)
def end_everything(request: HttpRequest, user: User, **kwargs: Any) -> None:
    messages.info(request, in_words(people.end_person(user, actor=Actor.PERSON, keep_consent=True)))


def set_by_operator(user: User, password: str) -> Receipt:
    """Give a person another password, as an operator does for who asked for it: who that was is
    not certain, and why they could not do it themselves. So all ends, and the person is told."""
    with transaction.atomic():
        receipt = people.end_person(user, actor=Actor.ADMIN, keep_consent=True)
        user.set_password(password)
        user.save(update_fields=["password"])
        changed = AdminChange(Action.CHANGE, changes=({"changed": {"fields": ["password"]}},))
        record(Event.CHANGED_BY_ADMIN, actor=Actor.ADMIN, user=user, details=changed)
    return receipt
