"""Count the live tokens that a signing key has signed. No token keeps its key: when it was issued
tells which one signed then."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.oauth_server.models import AccessToken, ProtectedResource, SigningKey
from accounts.oauth_server.models.signing_key import published_until


def access_tokens(key: SigningKey) -> QuerySet[AccessToken]:
    """Return the live access tokens that are JWTs (RFC 9068) of this key."""
    of_resources = Q(pk=None)  # nothing
    jwts = ProtectedResource.objects.filter(
        access_token_format=ProtectedResource.JWT, algorithm=key.algorithm
    )
    for identifier in jwts.values_list("identifier", flat=True):
        of_resources |= Q(audience=identifier) | Q(audience__startswith=f"{identifier} ")
    live = AccessToken.objects.filter(of_resources, expires__gt=timezone.now())
    since = live.filter(created__gte=key.signs_from)
    later = SigningKey.objects.filter(
        algorithm=key.algorithm, generation__gt=key.generation
    ).order_by("generation")
    successor = later.first()
    return since.filter(created__lt=successor.signs_from) if successor else since


def id_tokens_last() -> timedelta:
    """Return for how long ID tokens verify at most: they are kept nowhere, so none is counted."""
    now = timezone.now()
    return published_until(now) - now
