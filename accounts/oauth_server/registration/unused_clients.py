"""Remove clients that registered themselves and that nobody uses."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models.event_kinds import Actor
from accounts.oauth_server.models import AccessToken, Authorization, Client, ClientSecret
from accounts.oauth_server.registration import registration

AT_ONCE = 500
_DUPLICATES_STAY = timedelta(days=1)
_DUPLICATES_AT_ONCE = 10


def remove(*, at_most: int = AT_ONCE) -> int:
    """Remove clients that were not used for settings.REGISTRATION_UNUSED; return how many.

    Call until it is 0. What an admin has registered, or has marked as checked, stays.
    """
    days = settings.REGISTRATION_UNUSED.days
    unused = _unused_since(timezone.now() - settings.REGISTRATION_UNUSED)[:at_most]
    for client in unused:
        registration.end(client, actor=Actor.SITE, unused_days=days)
    return len(unused)


def remove_duplicates(client_id: str) -> None:
    """Remove what the same app registered before and never used. Agents register each time that
    they are set up: without this, each try leaves one behind.

    Public clients alone, and not those of today, with which somebody may be signing in just now.
    What was ever used stays: somebody keeps its client ID.
    """
    client = Client.objects.get(client_id=client_id)
    if not client.is_public:
        return
    same = {"name": client.name, "redirect_uris": client.redirect_uris}
    for each in _never_used().filter(client_type=client.client_type, **same)[:_DUPLICATES_AT_ONCE]:
        registration.end(each, actor=Actor.SITE, unused_days=_DUPLICATES_STAY.days)


def _never_used() -> QuerySet[Client]:
    return Client.objects.filter(
        ~Exists(Authorization.objects.filter(client=OuterRef("pk"))),
        ~Exists(AccessToken.objects.filter(application=OuterRef("pk"))),
        registration_source=Client.RegistrationSource.DCR,
        is_verified=False,
        updated__lt=timezone.now() - _DUPLICATES_STAY,
    ).order_by("updated")


def count() -> int:
    """Return how many are due."""
    return _unused_since(timezone.now() - settings.REGISTRATION_UNUSED).count()


def _unused_since(then: datetime) -> QuerySet[Client]:
    of_client = {"client": OuterRef("pk"), "last_used__gte": then}
    own_tokens = AccessToken.objects.filter(application=OuterRef("pk"), created__gte=then)
    return Client.objects.filter(
        ~Exists(Authorization.objects.filter(**of_client)),
        ~Exists(ClientSecret.objects.filter(**of_client)),
        ~Exists(own_tokens),
        registration_source__in=(
            Client.RegistrationSource.DCR,
            Client.RegistrationSource.CIMD,
        ),
        is_verified=False,
        updated__lt=then,
    ).order_by("updated")
