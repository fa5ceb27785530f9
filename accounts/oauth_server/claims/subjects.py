"""Give each client the subject by which it knows a person: the same everywhere, or one for its
sector alone.

Whatever tells a client a `sub` asks here (OpenID Connect Core section 8).
"""

from typing import TYPE_CHECKING

from accounts.oauth_server.models import Client, PairwiseSubject

if TYPE_CHECKING:
    from accounts.models import User


def subject_for(user: "User", client: Client) -> str:
    """Return the subject identifier of `user` for `client`, which stays the same for ever."""
    if client.subject_type != Client.PAIRWISE:
        return user.sub
    subject, _ = PairwiseSubject.objects.get_or_create(user=user, sector=client.sector)
    return subject.sub
