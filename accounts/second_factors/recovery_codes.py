"""Count recovery codes for pages: those that cannot be opened are none."""

from allauth.mfa.models import Authenticator

from accounts.storage.sealed import CannotOpen


def left(codes: Authenticator) -> int:
    """Return how many of `codes` can still be used."""
    try:
        return len(codes.wrap().get_unused_codes())
    except CannotOpen:
        return 0
