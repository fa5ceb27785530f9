"""Remove clients that registered themselves and that nobody uses."""

from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models.event_kinds import Actor
from accounts.oauth_server.models import AccessToken, Authorization, Client, ClientSecret
from accounts.oauth_server.registration import registration

AT_ONCE = 500


def remove(*, at_most: int = AT_ONCE) -> int:
    """Remove clients that were not used for settings.REGISTRATION_UNUSED; return how many.

    Call until it is 0. What an admin has registered, or has marked as checked, stays.
    """
    days = settings.REGISTRATION_UNUSED.days
    unused = _unused_since(timezone.now() - settings.REGISTRATION_UNUSED)[:at_most]
    for client in unused:
        registration.end(client, actor=Actor.SITE, unused_days=days)
    return len(unused)


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
        registration_source=Client.RegistrationSource.DCR,
        is_verified=False,
        updated__lt=then,
    ).order_by("updated")
