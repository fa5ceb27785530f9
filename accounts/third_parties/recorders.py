"""Record what allauth tells of connections: AccountsConfig.ready connects these to its signals."""

from typing import Any

from allauth.account.signals import user_signed_up
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.signals import social_account_added, social_account_removed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.models.event_kinds import Event
from accounts.security_events.record import record


@receiver(user_signed_up)
def signed_up(
    request: HttpRequest, user: User, sociallogin: SocialLogin | None = None, **_: Any
) -> None:
    """By a third party alone: the form records its own, with all that it does."""
    if sociallogin:
        why = f"third_party {sociallogin.account.provider}"
        record(Event.SIGNED_UP, request=request, user=user, why=why)


@receiver(social_account_added)
def connection_added(request: HttpRequest, sociallogin: SocialLogin, **_: Any) -> None:
    provider = sociallogin.account.provider
    record(Event.CONNECTION_ADDED, request=request, user=sociallogin.user, why=provider)


@receiver(social_account_removed)
def connection_removed(request: HttpRequest, socialaccount: SocialAccount, **_: Any) -> None:
    why, user = socialaccount.provider, socialaccount.user
    record(Event.CONNECTION_REMOVED, request=request, user=user, why=why)
