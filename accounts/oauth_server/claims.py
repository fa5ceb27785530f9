"""What a client may learn about a person, scope by scope (OpenID Connect Core section 5.4)."""

from typing import Any

from allauth.account.models import EmailAddress

from accounts.models import User

CLAIMS_OF_SCOPE = {
    "openid": ("sub",),
    "profile": ("name", "updated_at"),
    "email": ("email", "email_verified"),
}


def claims(user: User, scopes: frozenset[str]) -> dict[str, Any]:
    """Return the claims about `user` that `scopes` release. What is not known is left out."""
    released: dict[str, Any] = {"sub": user.sub}
    if "profile" in scopes:
        released |= {"updated_at": int(user.updated_at.timestamp())}
        released |= {"name": user.name} if user.name else {}
    if "email" in scopes:
        released |= {"email": user.email, "email_verified": _is_verified(user)}
    return released


def _is_verified(user: User) -> bool:
    return EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists()
