"""Run something through the code of the endpoints, in a transaction that is rolled back."""

from collections.abc import Callable

from django.db import transaction

from accounts.mail.delivery import nothing_sent
from accounts.oauth_server.models import Client, SigningKey


def undone(run: Callable[[], None], *, algorithm: str = Client.RS256_ALGORITHM) -> None:
    """Run it and undo all that it wrote: no code, no token, no consent, no event, no mail of it is
    ever there for anybody else. `algorithm` is the one that it signs by."""
    SigningKey.objects.current(algorithm)  # the first one is made here, and stays
    with transaction.atomic(), nothing_sent():
        run()
        transaction.set_rollback(True)
