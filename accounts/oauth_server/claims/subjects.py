"""Give each client the subject by which it knows a person: the same everywhere, or one for its
sector alone.

Whatever tells a client a `sub` asks here (OpenID Connect Core section 8).
"""

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model

from accounts.oauth_server.models import Client, PairwiseSubject

if TYPE_CHECKING:
    from accounts.models import User


def subject_for(user: "User", client: Client) -> str:
    """Return the subject identifier of `user` for `client`, which stays the same for ever."""
    if client.subject_type != Client.PAIRWISE:
        return user.sub
    subject, _ = PairwiseSubject.objects.get_or_create(user=user, sector=client.sector)
    return subject.sub


def person_of(subject: str, client: Client) -> "User | None":
    """Return the person whom `client` knows by `subject`, None where it is nobody's."""
    if client.subject_type != Client.PAIRWISE:
        return get_user_model().objects.filter(sub=subject).first()
    named = PairwiseSubject.objects.filter(sub=subject, sector=client.sector)
    found = named.select_related("user").first()
    return found.user if found else None
