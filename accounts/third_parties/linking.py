"""Whose account a third party's person is, and what that takes from whoever set it up before.

Anyone can start an account under somebody else's address and never prove it. Whoever does prove
it gets the account without the password, connections and sessions that a squatter left in it.
"""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from allauth.account.stages import EmailVerificationStage, LoginStageController
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.signals import social_account_added
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import Session, User
from accounts.models.event_kinds import Event
from accounts.security_events.record import record
from accounts.third_parties import claims, tokens


def person_with_proven_address(match: tuple[User, str] | None) -> tuple[User, str] | None:
    """Return `match`, a person and the address that a trusted provider vouched for.

    Where the person had not proven that address to this site before, they just have.
    """
    if match is None:
        return None
    user, email = match
    if user.is_active and not claims.is_proven_here(user, email):
        _take_over(user, email)
    return user, email


@transaction.atomic
def _take_over(user: User, email: str) -> None:
    User.objects.lock(user.pk)
    SocialAccount.objects.filter(user=user).delete()
    Session.objects.filter(user=user).delete()
    user.set_unusable_password()
    user.save(update_fields=["password"])
    EmailAddress.objects.filter(user=user, primary=True).exclude(email=email).update(primary=False)
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    record(Event.TAKEN_OVER, user=user, why=email)


@receiver(email_confirmed)
def forget_a_squatter(request: HttpRequest, email_address: EmailAddress, **_: Any) -> None:
    """On the first address that a person proves, keep only the connections of this very sign-in,
    and the password only where it is of the same person."""
    user = email_address.user
    if EmailAddress.objects.filter(user=user, verified=True).exclude(pk=email_address.pk).exists():
        return
    records = get_authentication_records(request, user)
    used = {(record.get("provider"), record.get("uid")) for record in records}
    for connection in SocialAccount.objects.filter(user=user):
        if (connection.provider, connection.uid) not in used:
            connection.delete()
            record(Event.CONNECTION_REMOVED, request=request, user=user, why=connection.provider)
    if user.has_usable_password() and not _is_verified_by_who_knows_the_password(request, user):
        user.set_unusable_password()
        user.save(update_fields=["password"])
        record(Event.TAKEN_OVER, request=request, user=user, why=email_address.email)


def _is_verified_by_who_knows_the_password(request: HttpRequest, user: User) -> bool:
    """Whether this browser has chosen the password at sign-up, or typed it, and then the code. A
    code to sign in with, or for a new password, may have been asked for by anybody else."""
    if request.user.is_authenticated:
        return True
    stage = LoginStageController.enter(request, EmailVerificationStage.key)
    return stage is not None and stage.login.user == user


@receiver(social_account_added)
def keep_tokens(sociallogin: SocialLogin, **_: Any) -> None:
    tokens.store(sociallogin)
