"""Let people invite others, where INVITATIONS=people: so many a day, so many that wait.

Nothing tells whether an address has an account: an invitation to it is counted, recorded, listed
and mailed as any other, waits as long, and the mail alone says to its reader that they have one.
Nor does anybody learn of, or end, what somebody else has sent to the same address.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.entrance.mailed_links import invitations, inviters
from accounts.limits import rate_limits
from accounts.models import Invitation, SecurityEvent, User
from accounts.models.event_kinds import Actor, Event
from accounts.text.email_addresses import readable

_DAY = timedelta(days=1)


class Refused(Exception):
    """Say to the person why nothing was sent: `problems`, each a sentence."""

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems


@dataclass(frozen=True)
class Room:
    """Say how many more invitations somebody may send today, and have waiting."""

    today: int
    waiting: int


def not_before(person: User) -> datetime | None:
    """Return from when `person` may invite, None where they may by now: whoever got in by an
    invitation must not bring in many at once, who do the same."""
    begins = person.date_joined + timedelta(days=settings.INVITATIONS_AFTER_DAYS)
    return begins if begins > timezone.now() else None


def room(person: User) -> Room:
    sent = SecurityEvent.objects.filter(user=person, kind=Event.INVITATION_SENT)
    today = sent.filter(actor=Actor.PERSON, at__gt=timezone.now() - _DAY).count()
    waiting = Invitation.objects.of_person(person).open().count()
    most, most_waiting = settings.INVITATIONS_A_DAY, settings.INVITATIONS_WAITING
    return Room(max(0, most - today), max(0, most_waiting - waiting))


def invite(request: HttpRequest, person: User, emails: list[str]) -> None:
    """Invite `emails`, all or none; anew where an invitation of theirs waits. Raises Refused."""
    if not_before(person) or not inviters.proven_address(person):
        raise Refused(_("You cannot invite people yet."))
    _check_room(person, emails)
    _count_addresses(request, person, emails)
    with transaction.atomic():
        locked = User.objects.lock(person.pk)
        if locked is None:
            return
        _check_room(locked, emails)  # two forms that are sent at once count as one after the other
        mine = Invitation.objects.select_for_update().of_person(locked).waiting()
        waiting = {each.email: each for each in mine.filter(email__in=emails)}
        for email in emails:
            new = Invitation(email=email, made_by=locked, is_by_person=True)
            _send(request, waiting.get(email, new))


def send_again(request: HttpRequest, person: User, pk: int) -> bool:
    """Mail a new link for an invitation of theirs; False where it does not wait any more. Raises
    Refused."""
    invitation = Invitation.objects.of_person(person).waiting().filter(pk=pk).first()
    if invitation is None:
        return False
    invite(request, person, [invitation.email])
    return True


def withdraw(person: User, pk: int) -> bool:
    """End the link of an invitation of theirs; False where it does not wait any more."""
    is_theirs = Invitation.objects.of_person(person).filter(pk=pk).exists()
    return is_theirs and invitations.withdraw(pk, actor=Actor.PERSON)


def _send(request: HttpRequest, invitation: Invitation) -> None:
    invitations.renew_and_mail(invitation)
    invitations.record_of(Event.INVITATION_SENT, invitation, actor=Actor.PERSON, request=request)


def _check_room(person: User, emails: list[str]) -> None:
    has = room(person)
    if len(emails) > has.today:
        raise Refused(_too_many_today(has.today))
    waiting = Invitation.objects.of_person(person).open().filter(email__in=emails).count()
    if len(emails) - waiting > has.waiting:
        words = ngettext(
            "Only %(number)s invitation can wait to be accepted at a time. Withdraw it first.",
            "Only %(number)s invitations can wait to be accepted at a time. Withdraw some first.",
            settings.INVITATIONS_WAITING,
        )
        raise Refused(words % {"number": settings.INVITATIONS_WAITING})


def _too_many_today(left: int) -> str:
    if not left:
        words = ngettext(
            "You can send %(number)s invitation a day. Try again tomorrow.",
            "You can send %(number)s invitations a day. Try again tomorrow.",
            settings.INVITATIONS_A_DAY,
        )
        return words % {"number": settings.INVITATIONS_A_DAY}
    words = ngettext(
        "You can send %(number)s more invitation today. Send the others tomorrow.",
        "You can send %(number)s more invitations today. Send the others tomorrow.",
        left,
    )
    return words % {"number": left}


def _count_addresses(request: HttpRequest, person: User, emails: list[str]) -> None:
    """Count them, whoever invites: many people together fill no mailbox."""
    problems = []
    for email in emails:
        try:
            rate_limits.hit(request, "invitations_to_address", email, user=person)
        except rate_limits.LimitReached:
            words = _("“%(address)s” was invited several times lately. Try again tomorrow.")
            problems.append(words % {"address": readable(email)})
    if problems:
        raise Refused(*problems)
