"""Invite people: mail a link that works once, for a week, and use it up where an account is made.

Whoever opens the link has shown that they read the address's mail, and that address alone: it
counts as proven where they sign up with it. A third party's person who signs up with another
address gets that one, and not the invited one besides: else whoever sends their own link to
somebody could later sign in to the account that was made with it.
"""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation

from accounts.entrance.mailed_links import inviters
from accounts.entrance.mailed_links.opened_links import OpenedLink
from accounts.entrance.sign_up_rule import Mode, Rule
from accounts.groups import membership
from accounts.mail import delivery, letter
from accounts.models import Invitation, User
from accounts.models.event_kinds import Actor, Event
from accounts.security_events.details import Address
from accounts.security_events.record import record
from accounts.site.language import language_of
from accounts.text.email_addresses import readable


class NotInvited(Exception):
    """Report that an account was to be made by an invitation that is gone meanwhile."""


opened = OpenedLink("invitation", Invitation.objects.open)


def invite(email: str, *, by: User, groups: Iterable[Group] = ()) -> Invitation:
    """Invite `email` as an admin, or anew, where an admin's invitation waits for it. Mailed once it
    is committed."""
    with transaction.atomic():
        waiting = Invitation.objects.select_for_update().waiting().filter(is_by_person=False)
        invitation = waiting.filter(email=email).first() or Invitation(email=email, made_by=by)
        renew_and_mail(invitation)
        invitation.groups.set(groups)
    return invitation


def renew_and_mail(invitation: Invitation) -> None:
    """Give `invitation` a new link, and mail it once that is committed."""
    token = invitation.renew()
    invitation.save()
    transaction.on_commit(lambda: _mail(invitation, token), robust=True)


def send_again(pk: int) -> bool:
    """Mail a new link as an admin, for an invitation that waits; False where none does any more, or
    it was made by a person who may not invite now."""
    with transaction.atomic():
        invitation = _waiting(pk)
        if invitation is None or not invitation.is_in_force:
            return False
        renew_and_mail(invitation)
        record_of(Event.INVITATION_SENT, invitation, actor=Actor.ADMIN)
    return True


def withdraw(pk: int, *, actor: Actor = Actor.ADMIN) -> bool:
    """End the link of an invitation that waits; False where none does any more."""
    with transaction.atomic():
        invitation = _waiting(pk)
        if invitation is None:
            return False
        invitation.withdrawn_at = timezone.now()
        invitation.save()
        record_of(Event.INVITATION_WITHDRAWN, invitation, actor=actor)
    return True


def _waiting(pk: int) -> Invitation | None:
    return Invitation.objects.select_for_update().waiting().filter(pk=pk).first()


def record_of(
    kind: Event, invitation: Invitation, *, actor: Actor, request: HttpRequest | None = None
) -> None:
    """Record on the account of whoever invited. What admins do with their own is in admin's log,
    and recorded from there."""
    if invitation.is_by_person and invitation.made_by:
        person, email = invitation.made_by, Address(invitation.email)
        record(kind, actor=actor, request=request, user=person, details=email)


def of(request: HttpRequest) -> Invitation | None:
    """Return the invitation whose link was opened in this browser, if it is still good."""
    digest = opened.digest(request)
    return Invitation.objects.open().filter(digest=digest).first() if digest else None


def invited_to(request: HttpRequest, rule: Rule) -> bool:
    """Return whether an invitation lets whoever is at this browser sign up where `rule` holds."""
    return rule.mode is not Mode.CLOSED and of(request) is not None


def use(request: HttpRequest, person: User) -> bool:
    """Use the invitation up for `person`, who joins its groups; False where there is none, or it
    was used or withdrawn meanwhile. To be called in the transaction that makes the account."""
    waiting = Invitation.objects.select_for_update(of=("self",)).open()
    digest = opened.digest(request)
    invitation = waiting.filter(digest=digest).first() if digest else None
    if invitation is None:
        return False
    invitation.used_at, invitation.used_by = timezone.now(), person
    invitation.save()
    membership.put_in(person, invitation.groups.all(), actor=Actor.ADMIN)
    record(Event.INVITATION_USED, actor=Actor.PERSON, request=request, user=person)
    return True


def use_invitation(request: HttpRequest, person: User, rule: Rule) -> bool:
    """Use it up, where one is needed or there, unless `rule` takes none."""
    return rule.mode is not Mode.CLOSED and use(request, person)


def accept(request: HttpRequest, person: User) -> bool:
    """Use it up for somebody who has an account, and is signed in."""
    with transaction.atomic():
        return User.objects.lock(person.pk) is not None and use(request, person)


def proves(request: HttpRequest, person: User) -> bool:
    """Return whether the account of `person` was made by this browser's link for its address."""
    digest = opened.digest(request)
    own = Invitation.objects.filter(digest=digest, used_by=person, email=person.email)
    return bool(digest) and own.exists()


def _mail(invitation: Invitation, token: str) -> None:
    email, inviter = invitation.email, _inviter(invitation)
    person = User.objects.owning(email)
    language = language_of(person, is_asking=bool(inviter) and person is None)
    # Who has an account needs no invitation of another person's: nobody is told that they have one.
    is_needless = bool(inviter and person)
    address = reverse("account_login" if is_needless else "invitation")
    query = "" if is_needless else f"?{urlencode({'token': token})}"
    context = {
        "link": f"{settings.SITE_URL}{address}{query}",
        "email": readable(email),
        "has_account": person is not None,
        "inviter": inviter,
    }
    with translation.override(language):
        message = letter.write("mail/invitation", email, language, context)
    delivery.post(message, "invitation")


def _inviter(invitation: Invitation) -> str:
    """Return who invites, as it is mailed: "" for an admin, who does so for the site."""
    person = invitation.made_by if invitation.is_by_person else None
    return inviters.named(person) if person else ""
