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

from accounts.entrance.sign_up_rule import Mode, Rule
from accounts.groups import membership
from accounts.mail import delivery, letter
from accounts.models import Invitation, User
from accounts.models.event_kinds import Actor, Event
from accounts.models.invitation import digest_of
from accounts.security_events.record import record
from accounts.site.language import language_of
from accounts.text.email_addresses import readable


class NotInvited(Exception):
    """Report that an account was to be made by an invitation that is gone meanwhile."""


_KEPT = "invitation"  # in the session: the digest of the link that was opened


def invite(email: str, *, by: User, groups: Iterable[Group] = ()) -> Invitation:
    """Invite `email`, or anew, where an invitation waits for it. Mailed once it is committed."""
    with transaction.atomic():
        waiting = Invitation.objects.select_for_update().waiting()
        invitation = waiting.filter(email=email).first() or Invitation(email=email, made_by=by)
        token = invitation.renew()
        invitation.save()
        invitation.groups.set(groups)
        transaction.on_commit(lambda: _mail(email, token), robust=True)
    return invitation


def send_again(pk: int) -> bool:
    """Mail a new link for an invitation that waits; False where none does any more."""
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update().waiting().filter(pk=pk).first()
        if invitation is None:
            return False
        email, token = invitation.email, invitation.renew()
        invitation.save()
        transaction.on_commit(lambda: _mail(email, token), robust=True)
    return True


def withdraw(pk: int) -> bool:
    """End the link of an invitation that waits; False where none does any more."""
    ended = Invitation.objects.waiting().filter(pk=pk).update(withdrawn_at=timezone.now())
    return bool(ended)


def open_link(request: HttpRequest, token: str) -> bool:
    """Remember in the session that a link was opened; False where it does not work. Nothing is
    used up by it: programs that look for viruses open links, too."""
    found = Invitation.objects.open().filter(digest=digest_of(token)).exists()
    if found:
        request.session[_KEPT] = digest_of(token)
    return found


def of(request: HttpRequest) -> Invitation | None:
    """Return the invitation whose link was opened in this browser, if it is still good."""
    digest = request.session.get(_KEPT)
    return Invitation.objects.open().filter(digest=digest).first() if digest else None


def invited_to(request: HttpRequest, rule: Rule) -> bool:
    """Return whether an invitation lets whoever is at this browser sign up where `rule` holds."""
    return rule.mode is not Mode.CLOSED and of(request) is not None


def forget(request: HttpRequest) -> None:
    request.session.pop(_KEPT, None)


def use(request: HttpRequest, person: User) -> bool:
    """Use the invitation up for `person`, who joins its groups; False where there is none, or it
    was used or withdrawn meanwhile. To be called in the transaction that makes the account."""
    waiting = Invitation.objects.select_for_update().open()
    digest = request.session.get(_KEPT)
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
    digest = request.session.get(_KEPT)
    own = Invitation.objects.filter(digest=digest, used_by=person, email=person.email)
    return bool(digest) and own.exists()


def _mail(email: str, token: str) -> None:
    person = User.objects.owning(email)
    language = language_of(person, is_asking=False)
    context = {
        "link": f"{settings.SITE_URL}{reverse('invitation')}?{urlencode({'token': token})}",
        "email": readable(email),
        "has_account": person is not None,
    }
    with translation.override(language):
        message = letter.write("mail/invitation", email, language, context)
    delivery.post(message, "invitation")
