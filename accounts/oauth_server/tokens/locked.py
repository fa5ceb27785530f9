"""Find and lock the credential that a client presents at the token endpoint, at once."""

from functools import cached_property
from typing import Generic, TypeVar

from django.db import connection

from accounts.models import User
from accounts.oauth_server.models import (
    AccessToken,
    Authorization,
    AuthorizationCode,
    Client,
    RefreshToken,
)
from accounts.oauth_server.models.access import IS_OPEN
from accounts.oauth_server.rules.credentials import digest
from accounts.storage.rows import Rows, first_row

P = TypeVar("P", AuthorizationCode, AccessToken, RefreshToken)

_authorizations, _people = Rows(Authorization), Rows(User)


class Presented(Generic[P]):
    """Find codes, access tokens of people, or refresh tokens; `column` is the one that holds their
    digests."""

    def __init__(self, model: type[P], column: str) -> None:
        self.rows: Rows[P] = Rows(model)
        self._column = column

    def lock(self, credential: str) -> P | None:
        """Lock what was presented for the rest of the transaction, and its authorization first:
        see Authorization.lock. The authorization and the person come along.

        None where there is no such thing, where the person or the client is switched off, or where
        the client is not open to the person.
        """
        row = first_row(self._lock, [digest(credential)])
        if row is None:
            return None
        presented, authorization = self.rows.read(row), _authorizations.read(row)
        presented.user = authorization.user = _people.read(row)
        presented.authorization = authorization
        return presented

    @cached_property
    def _lock(self) -> str:
        # PostgreSQL locks in the order of these clauses. What another transaction changed while
        # this one waited, it reads anew, and leaves out what no longer fits or is gone.
        locks = "FOR NO KEY UPDATE OF allowed FOR UPDATE OF presented"
        return f"""
            SELECT {self.rows.columns("presented")}, {_authorizations.columns("allowed")},
                   {_people.columns("person")}
            FROM {self.rows.table} AS presented
            JOIN {_authorizations.table} AS allowed ON allowed.id = presented.authorization_id
            JOIN {_people.table} AS person ON person.id = allowed.user_id
            JOIN {Client._meta.db_table} AS client ON client.id = allowed.client_id
            WHERE presented.{self._column} = %s AND person.is_active AND client.is_active
                  AND {IS_OPEN}
            {locks if connection.features.has_select_for_update else ""}
        """  # noqa: S608 (names of tables and columns, no input)
