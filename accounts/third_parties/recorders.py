"""Record what allauth tells of connections: AccountsConfig.ready connects these to its signals."""

from typing import Any

from allauth.account.signals import user_signed_up
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.signals import social_account_added, social_account_removed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.security_events.details import Connection, Proof
from accounts.security_events.record import RecordedClient, record


@receiver(user_signed_up)
def signed_up(
    request: HttpRequest, user: User, sociallogin: SocialLogin | None = None, **_: Any
) -> None:
    """Record a sign-up by a third party alone: the form records its own."""
    if sociallogin:
        proof = Proof(("third_party",), provider=sociallogin.account.provider)
        record(Event.SIGNED_UP, actor=Actor.PERSON, request=request, user=user, details=proof)


@receiver(social_account_added)
def connection_added(request: HttpRequest, sociallogin: SocialLogin, **_: Any) -> None:
    _of_connection(Event.CONNECTION_ADDED, request, sociallogin.user, sociallogin.account)


@receiver(social_account_removed)
def connection_removed(
    request: HttpRequest,
    socialaccount: SocialAccount,
    actor: Actor = Actor.PERSON,
    client: RecordedClient | None = None,
    **_: Any,
) -> None:
    of = (socialaccount.user, socialaccount)
    _of_connection(Event.CONNECTION_REMOVED, request, *of, actor, client)


def _of_connection(
    kind: Event,
    request: HttpRequest,
    user: User,
    account: SocialAccount,
    actor: Actor = Actor.PERSON,
    client: RecordedClient | None = None,
) -> None:
    """Record what a person did to a connection on a page of theirs, by signing in, or by way of the
    API: there a `client` may do it for them."""
    by: dict[str, Any] = {"actor": actor, "client": client}
    record(kind, **by, request=request, user=user, details=Connection(account.provider))
