"""Foresee whom it would lock out if nobody could sign in with a third party any more: ways_in's
rule, for everybody at once."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.second_factors import passkeys
from accounts.site.provider_names import offered_names


def connected(provider: str) -> QuerySet[User]:
    """Return who has an account here that is connected to the third party of this ID."""
    own = SocialAccount.objects.filter(user=OuterRef("pk"), provider=provider)
    return User.objects.filter(Exists(own), is_active=True).order_by("pk")


def with_nothing_else(provider: str) -> QuerySet[User]:
    """Return those of them who have no other way in but codes that are mailed to them."""
    others = set(offered_names()) - {provider}
    elsewhere = SocialAccount.objects.filter(user=OuterRef("pk"), provider__in=others)
    has_no_password = Q(password="") | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    found = connected(provider).filter(has_no_password).exclude(Exists(elsewhere))
    if not passkeys.work_here():
        return found
    made = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.WEBAUTHN)
    return found.exclude(Exists(made))


def locked_out(provider: str) -> QuerySet[User]:
    """Return those whom nothing would let in: no code either, as no address of theirs is
    verified."""
    proven = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    return with_nothing_else(provider).exclude(Exists(proven))
