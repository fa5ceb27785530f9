"""Tell what is away, or shut to us, for now from a fault of our own."""

from django.db.utils import InterfaceError, OperationalError

from accounts.storage.sealed import CannotOpen

_AWAY = (OperationalError, InterfaceError, CannotOpen)


def is_outage(error: BaseException | None) -> bool:
    """Return whether `error` comes from a database that cannot be reached, or written to, for now,
    or from something sealed in it that ENCRYPTION_KEYS do not open."""
    while error is not None:
        if isinstance(error, _AWAY):
            return True
        error = error.__cause__ or error.__context__
    return False
