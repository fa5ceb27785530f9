"""Recommend what a person should look at on their account, each with the one thing to do about
it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event, Outcome
from accounts.oauth_server.models import Authorization
from accounts.own_account.ways_in import WaysIn
from accounts.second_factors import recovery_codes
from accounts.security_events.mail import proven_addresses

LATELY = timedelta(days=7)
UNUSED = timedelta(days=365)
FEW_CODES = 3


@dataclass(frozen=True)
class Notice:
    """Recommend one thing. `text` says what it is about, `action` what the link to `url` does."""

    text: str
    action: str
    url: str


def notices(user: User) -> list[Notice]:
    """Return what needs attention, the most urgent first. A constant number of queries."""
    return [*_failed_sign_ins(user), *_address(user), *_factors(user), *_unused_apps(user)]


def _failed_sign_ins(user: User) -> Iterator[Notice]:
    """Return a notice of failed sign-ins from elsewhere. Of those from where the person has signed
    in themselves, nothing is said: typing errors."""
    tries = SecurityEvent.objects.filter(user=user, kind=Event.SIGN_IN)
    own = tries.filter(outcome=Outcome.SUCCEEDED).exclude(address="").values("address")
    failed = tries.filter(outcome=Outcome.FAILED, at__gt=timezone.now() - LATELY)
    number = failed.exclude(address__in=own).count()
    if number:
        told = ngettext(
            "In the last 7 days, somebody tried to sign in from an unfamiliar address and failed.",
            "In the last 7 days, %(number)d attempts to sign in from unfamiliar addresses failed.",
            number,
        )
        url = f"{reverse('account_activity')}?group=sign-in"
        yield Notice(told % {"number": number}, _("Review activity"), url)


def _address(user: User) -> Iterator[Notice]:
    proven = proven_addresses(user)
    if user.email in proven:
        return
    told = _(
        "Your primary e-mail address is not verified, so you cannot use it to get back into "
        "your account."
    )
    if not proven:
        told = _(
            "You have no verified e-mail address, so we cannot alert you by e-mail about your "
            "account. You can see what happened under Recent activity."
        )
    yield Notice(told, _("Verify address"), reverse("account_email"))


def _factors(user: User) -> Iterator[Notice]:
    url = reverse("account_methods")
    found = {factor.type: factor for factor in Authenticator.objects.filter(user=user)}
    codes = found.pop(Authenticator.Type.RECOVERY_CODES, None)
    if not found:
        if WaysIn.of(user).are_codes_alone:
            told = _(
                "Codes sent by e-mail are your only way to sign in. Add a passkey so that you "
                "can still sign in without them."
            )
            action = _("Add a passkey")
        else:
            told = _(
                "Two-step verification is off. Turn it on so that a stolen password is not enough."
            )
            action = _("Turn on two-step verification")
        yield Notice(told, action, url)
    elif codes is None or recovery_codes.left(codes) <= FEW_CODES:
        told = _(
            "You have few or no recovery codes left. Create new ones so that you can still "
            "sign in if you lose your device."
        )
        yield Notice(told, _("Create new codes"), url)


def _unused_apps(user: User) -> Iterator[Notice]:
    before = timezone.now() - UNUSED
    number = Authorization.objects.filter(user=user, last_used__lt=before).count()
    if number:
        told = ngettext(
            "%(number)d app that you have not used for a year still has access to your account.",
            "%(number)d apps that you have not used for a year still have access to your account.",
            number,
        )
        yield Notice(told % {"number": number}, _("Review apps"), reverse("account_apps"))
