"""Finish a sign-in: store what its steps have proved when all of them are done.

A stage of allauth's, the last one but that in which a newcomer makes a passkey. In one transaction,
under the person's lock: a proven address (and with the first one, all that stood in the account
before goes), a new password, a connection with its tokens, the profile that a third party told.
"""

from typing import Any

from allauth.account import signals
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress, Login
from allauth.account.stages import LoginStage
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.endings import memberships, people, proven_address
from accounts.entrance import proofs
from accounts.entrance.proofs import AccountChanged, Shown
from accounts.limits import sign_in_limits
from accounts.models import Session, User
from accounts.third_parties import linking
from accounts.way_back.address import handed_on


class StoringStage(LoginStage):
    key = "store"
    login: Any

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if self.login.user.delete_after:
            return get_adapter().respond_user_inactive(self.request, self.login.user), False
        try:
            with transaction.atomic():
                self.login.user = _store(self.request, self.login)
        except (AccountChanged, IntegrityError):  # the latter: of two at once, the other was first
            words = _("Your account has changed in the meantime. Sign in again.")
            messages.error(self.request, words)
            page = handed_on(self.request, reverse("account_login"))
            return HttpResponseRedirect(page), False
        return None, True


def _store(request: HttpRequest, login: Login) -> User:
    """Store it, and return the person as they are now. Raises AccountChanged."""
    person = User.objects.lock(login.user.pk)
    if person is None or proofs.is_stale(login, person):
        raise AccountChanged
    _store_address(request, login, person)
    _store_password(request, login, person)
    third_party = proofs.third_party_of(login)
    if third_party and not login.signup:
        linking.keep(request, third_party, person, is_new=bool(proofs.address_of(login)))
    memberships.settle_locked(person)
    return person


def _store_address(request: HttpRequest, login: Login, person: User) -> None:
    email = proofs.address_of(login)
    own = EmailAddress.objects.filter(user=person, verified=True)
    if not email or (own.filter(email=email).exists() and not proofs.takes_over(login)):
        return
    # Where it takes over, no second step was asked for: by now one may be owed.
    if own.exists() or email != person.email:
        raise AccountChanged
    shown = Shown.by(request, person, chose_password=login.signup)
    proven_address.keep(request, person, email, shown)


def _store_password(request: HttpRequest, login: Login, person: User) -> None:
    new = login.state.get(proofs.NEW_PASSWORD) or login.state.get(proofs.RENEWED_HASH)
    if not new:
        return
    person.password = new
    person.save(update_fields=["password"])
    if proofs.NEW_PASSWORD in login.state:
        _tell_of_reset(request, person)
    else:  # another hash, by which no session is known any more
        people.end_sessions(person, Session.objects.filter(user=person))


def _tell_of_reset(request: HttpRequest, person: User) -> None:
    """Do what allauth does after a reset, but for signing the person in: they are about to be."""
    for address in EmailAddress.objects.filter(user=person):
        sign_in_limits.forget_guesses(address.email)
    get_adapter(request).add_message(
        request, messages.SUCCESS, "account/messages/password_changed.txt"
    )
    signals.password_reset.send(User, request=request, user=person)
