"""Telling a database that is away, or full, from a fault of our own."""

from django.db.utils import InterfaceError, OperationalError


def is_outage(error: BaseException | None) -> bool:
    """Whether `error` comes from a database that cannot be reached, or written to, for now."""
    while error is not None:
        if isinstance(error, OperationalError | InterfaceError):
            return True
        error = error.__cause__ or error.__context__
    return False
