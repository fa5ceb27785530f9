"""Store that an address was shown to be a person's: the one place that marks one as verified."""

from allauth.account import signals
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from accounts.endings import deletion, memberships, take_over
from accounts.entrance.proofs import AccountChanged, Shown
from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.security_events.details import Address
from accounts.security_events.record import record


def keep(request: HttpRequest, person: User, email: str, shown: Shown) -> None:
    """Store `email` as one that is `person`'s; on the first one, empty the account before.

    To be called under the person's lock, in the transaction of whatever follows from it. Raises
    AccountChanged where somebody else has shown it to be theirs meanwhile.
    """
    own = EmailAddress.objects.filter(user=person)
    if own.filter(email=email, verified=True).exists():
        return
    take_from_others(email, person)
    is_first = not own.filter(verified=True).exists()
    was_anybodys = is_first and take_over.empty(person, email, shown, actor=Actor.PERSON)
    is_main = is_first or not own.filter(primary=True).exists()
    address, is_new = EmailAddress.objects.update_or_create(
        user=person, email=email, defaults={"verified": True, "primary": is_main}
    )
    address.user = person
    if is_main and person.email != email:
        person.email = email
        person.save(update_fields=["email", "updated_at"])
    if is_new and not is_first:
        signals.email_added.send(EmailAddress, request=request, user=person, email_address=address)
    signals.email_confirmed.send(EmailAddress, request=request, email_address=address)
    if was_anybodys:
        details = Address(email)
        record(Event.TAKEN_OVER, actor=Actor.PERSON, request=request, user=person, details=details)


def add(request: HttpRequest, user: User, email: str) -> bool:
    """Store `email` as one more of `user`'s, who is signed in; False where it is another's."""
    # Who begins an account in a browser chooses its password there, or knows it.
    shown = Shown.by(request, user, chose_password=True)
    try:
        with transaction.atomic():
            person = User.objects.lock(user.pk)
            if person is None:
                return False
            keep(request, person, email, shown)
            memberships.settle_locked(person)
            key = request.session.session_key or ""
            if request.user.pk == user.pk and not request.session.exists(key):
                request.session.cycle_key()  # ended with all others, as the account was emptied
    except (AccountChanged, IntegrityError):
        return False
    return True


def is_vouched_for(person: User) -> bool:
    """Empty the account of `person`, who had proven no address, where an admin has marked one as
    verified just now; return whether there was anything. Whoever set a password before may be
    anybody, as if the owner had come themselves. To be called under the person's lock.
    """
    shown = EmailAddress.objects.get_verified(person)
    return shown is not None and take_over.empty(person, shown.email, Shown(), actor=Actor.ADMIN)


def take_from_others(email: str, person: User | None = None) -> None:
    """Free `email` for `person`, or a newcomer, who has just proven it: whoever has only named it
    loses it, and a sign-up that nobody finished goes. Raises AccountChanged where it is kept.
    """
    own = person.pk if person else 0
    User.objects.release(email, to=person)
    if EmailAddress.objects.filter(email=email, verified=True).exclude(user=own).exists():
        raise AccountChanged
    for begun in User.objects.filter(email=email).exclude(pk=own):
        if not User.objects.abandoned().filter(pk=begun.pk).exists():
            raise AccountChanged  # an admin has to say whose it is
        deletion.delete(begun, actor=Actor.SITE)
