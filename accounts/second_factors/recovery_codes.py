"""Recovery codes as pages count them: also those that cannot be opened, which are none."""

from allauth.mfa.models import Authenticator

from accounts.storage.sealed import CannotOpen


def left(codes: Authenticator) -> int:
    """Return how many of `codes` can still be used."""
    try:
        return len(codes.wrap().get_unused_codes())
    except CannotOpen:
        return 0
