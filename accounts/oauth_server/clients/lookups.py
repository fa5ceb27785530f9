"""Say how the client is found that a request names, by its ID alone or together with its secret.

Written by hand because every request of a client asks one of these first, and so that it can be
asked and counted with one round trip (limits/rate_limits.py, `find_and_hit`).
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from accounts.oauth_server.models import Client, ClientSecret
from accounts.oauth_server.rules.credentials import digest
from accounts.storage import last_used
from accounts.storage.cache import Lookup
from accounts.storage.rows import Rows
from accounts.text.cleaning import is_storable

# A client that authenticates by assertion has said that a secret is not enough.
_WITH_SECRET = f"""
    SELECT {{columns}}, secret.id,
           secret.last_used IS NULL OR secret.last_used < %(long_ago)s
    FROM {ClientSecret._meta.db_table} AS secret
    JOIN {Client._meta.db_table} AS client ON client.id = secret.client_id
    WHERE secret.digest = %(digest)s
      AND (secret.expires IS NULL OR secret.expires > %(moment)s)
      AND client.client_id = %(client_id)s AND client.is_active
      AND client.client_type = '{Client.CLIENT_CONFIDENTIAL}'
      AND client.token_endpoint_auth_method <> '{Client.PRIVATE_KEY_JWT}'
"""  # noqa: S608 (names of tables and columns, no input)
_PUBLIC = f"""
    SELECT {{columns}}, NULL, false FROM {Client._meta.db_table} AS client
    WHERE client.client_id = %(client_id)s AND client.is_active
      AND client.client_type = '{Client.CLIENT_PUBLIC}'
"""  # noqa: S608


class ClientFound(NamedTuple):
    """Hold a client, and which secret of its own it showed; `use_is_news` where that it did is to
    be remembered (storage/last_used.py)."""

    client: Client
    secret_id: int | None
    use_is_news: bool


class Lookups:
    """Look up active clients, with all fields or with those `only` that the caller reads: of nearly
    fifty, each costs PostgreSQL and us its time."""

    def __init__(self, *, only: Iterable[str] = ()) -> None:
        self._clients = Rows(Client, only=only)
        columns = self._clients.columns("client")
        self._with_secret = _WITH_SECRET.format(columns=columns)
        self._public = _PUBLIC.format(columns=columns)

    def with_secret(self, client_id: str, secret: str) -> Lookup:
        """Return how to look up a client with a secret that it has now."""
        now = timezone.now()
        as_column = connection.ops.adapt_datetimefield_value
        values = {
            "moment": as_column(now),
            "long_ago": as_column(now - last_used.PRECISION),
            "digest": digest(secret),
            "client_id": askable(client_id),
        }
        return Lookup(self._with_secret, values)

    def public(self, client_id: str) -> Lookup:
        """Return how to look up a client that can keep no secret."""
        return Lookup(self._public, {"client_id": askable(client_id)})

    def read(self, row: Iterator[object]) -> ClientFound:
        """Return the row that either of them found."""
        client = self._clients.read(row)
        secret_id, use_is_news = row
        return ClientFound(client, secret_id, bool(use_is_news))  # type: ignore[arg-type]


WHOLE = Lookups()
WHO_ASKS = Lookups(only=("id", "client_id", "client_type", "scopes", "recorded_until"))


def askable(client_id: str) -> str:
    """Return "", which is no client's, for what PostgreSQL cannot be asked about."""
    return client_id if is_storable(client_id) else ""
