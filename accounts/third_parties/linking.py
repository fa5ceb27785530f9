"""Connect a third party's person to an account, and store a sign-in by way of one."""

from contextlib import suppress
from typing import Any

from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.signals import social_account_added, social_account_updated
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.entrance.proofs import AccountChanged
from accounts.models import User
from accounts.third_parties import tokens


class WaitingLogin(SocialLogin):
    """Hold a sign-in of which nothing is stored before all its steps are done: see `keep`.

    allauth 65 stores the profile as soon as it finds the connection, and a new connection when the
    address was recognised; it has no hook before either.
    """

    account: SocialAccount
    user: User | None

    def _lookup_by_socialaccount(self) -> bool:
        found = SocialAccount.objects.filter(provider=self.account.provider, uid=self.account.uid)
        connection = found.select_related("user").first()
        if connection is None:
            return False
        connection.extra_data = self.account.extra_data
        self.account, self.user = connection, connection.user
        return True

    def _accept_login(self, request: HttpRequest) -> None:
        """Leave it to the end of the sign-in."""


def owner_by_address(login: SocialLogin) -> tuple[User, str] | None:
    """Return the person with an address of `login`'s, and that address. All that are left in it
    were vouched for by a trusted third party: claims.harden."""
    for address in login.email_addresses:
        owner = User.objects.owning(address.email)
        if owner is not None:
            return owner, address.email
    return None


def keep(request: HttpRequest, login: SocialLogin, person: User, *, is_new: bool) -> None:
    """Store what the third party told at this sign-in of `person`'s, and its tokens.

    `is_new`: the connection, too, where there is none yet. To be called under the person's lock.
    Raises AccountChanged where the connection is gone meanwhile, or somebody else's.
    """
    told = login.account
    found = SocialAccount.objects.filter(provider=told.provider, uid=told.uid).first()
    if found is None and is_new:
        _connect(request, login, person)
        return
    if found is None or found.user_id != person.pk:
        raise AccountChanged
    found.extra_data = told.extra_data
    found.save(update_fields=["extra_data", "last_login"])
    login.account = found
    tokens.store(login)


def renew(request: HttpRequest, login: SocialLogin, person: User) -> None:
    """Store what the third party told of a connection of `person`'s, who is signed in."""
    with transaction.atomic(), suppress(AccountChanged):
        User.objects.lock(person.pk)
        keep(request, login, person, is_new=False)
        social_account_updated.send(SocialLogin, request=request, sociallogin=login)


def _connect(request: HttpRequest, login: SocialLogin, person: User) -> None:
    told = login.account
    login.user = person
    login.account = SocialAccount.objects.create(
        user=person, provider=told.provider, uid=told.uid, extra_data=told.extra_data
    )
    social_account_added.send(SocialLogin, request=request, sociallogin=login)


@receiver(social_account_added)
def keep_tokens(sociallogin: SocialLogin, **_: Any) -> None:
    tokens.store(sociallogin)
