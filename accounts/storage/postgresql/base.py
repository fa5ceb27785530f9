"""Connect to PostgreSQL, see without asking it that a connection has ended, and survive its end.

Each thread keeps its connection. Before the first statement of a request its socket is looked at,
which costs no round trip: between requests PostgreSQL has nothing to say, so that whatever can be
read there (the end of the connection, most of all) means that a new one is wanted. What ends later
than that is met by `_ask_again`.
"""

import select
import time
from typing import Any

import psycopg
from django.db.backends.postgresql.base import DatabaseWrapper as DjangoDatabaseWrapper
from django.db.utils import Error
from psycopg.pq import Format, TransactionStatus

from accounts.storage.postgresql import tally
from accounts.storage.postgresql.direct import Statements, is_reading
from accounts.storage.postgresql.schema import SchemaEditor

# What PostgreSQL tells a connection that it ends: shutdown, crash, not yet up, idle for too long.
_ENDED = {"57P01", "57P02", "57P03", "57P05"}
_FORGOTTEN = "26000"  # no such prepared statement: psycopg takes all away with a changed table
_STALE_PLAN = "0A000"  # "cached plan must not change result type": before it is executed
_PAUSE = 0.1  # seconds between two attempts to connect


class DatabaseWrapper(DjangoDatabaseWrapper):
    """Connect as Django does. OPTIONS take two more: `wait_seconds`, in which a connection must
    come about, and `prepared_max`, the number of statements that it keeps prepared."""

    SchemaEditorClass = SchemaEditor

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(_ask_again)
        options = self.settings_dict.get("OPTIONS", {})
        self._may_prepare = options.get("prepare_threshold") is not None

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        self._wait_seconds: float = params.pop("wait_seconds", 0)
        self._prepared_max: int = params.pop("prepared_max", 100)
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, again and again for `wait_seconds` while PostgreSQL takes nobody."""
        ends = time.monotonic() + self._wait_seconds
        while True:
            try:
                connection = super().get_new_connection(conn_params)
            except psycopg.OperationalError:
                if time.monotonic() + _PAUSE > ends:
                    tally.counts[tally.IN_VAIN] += 1
                    raise
                time.sleep(_PAUSE)
            else:
                tally.counts[tally.OPENED] += 1
                connection.prepared_max = self._prepared_max
                self._statements = Statements(connection)
                return connection

    def is_usable(self) -> bool:
        """Look at the socket. After an error that is none of the data, trust nothing."""
        if self.connection is None or self.connection.closed or self.errors_occurred:
            return False
        socket = select.poll()
        socket.register(self.connection.fileno(), select.POLLIN)
        return not socket.poll(0)

    def close_if_health_check_failed(self) -> None:
        """Let a connection go that is known to have ended, too, between two requests or not."""
        if self.connection is not None and self.connection.closed and not self.in_atomic_block:
            self.close()
        super().close_if_health_check_failed()

    def is_idle(self) -> bool:
        """Return whether nothing has been asked yet of the transaction that may have begun."""
        status: int = self.connection.pgconn.transaction_status
        return status == TransactionStatus.IDLE

    def has_ended(self, error: Error) -> bool:
        """Return whether `error` says that the connection is over, or has plans for a table that
        was changed: a new one has neither trouble."""
        state = getattr(error.__cause__, "sqlstate", None)
        if state == _STALE_PLAN:
            return "cached plan" in str(error)
        return state in _ENDED or bool(self.connection.closed)

    def rows(self, statement: str, parameters: Any, *, plain: bool) -> list[tuple[Any, ...]] | None:
        """Return the rows that a statement finds; None where it is for a cursor: in a transaction,
        where it writes, or where its connection has ended."""
        if not (is_reading(statement) and self._may_ask_directly()):
            return None
        try:
            with self.wrap_database_errors:
                answer = Format.BINARY if plain else Format.TEXT
                return self._statements.rows(statement, parameters, answer)
        except Error as error:
            if getattr(error.__cause__, "sqlstate", None) == _FORGOTTEN:
                self._statements = Statements(self.connection)
                return None
            if not self.has_ended(error):
                raise
        with self.wrap_database_errors:
            self.replace_connection()
        return None

    def _may_ask_directly(self) -> bool:
        """Say whether nothing has begun, and nobody watches what is asked: Django's own log of
        statements, and whoever wraps their execution, are to see them all."""
        self.validate_thread_sharing()
        is_watched = self.queries_logged or len(self.execute_wrappers) > 1
        if self.in_atomic_block or is_watched or not self._may_prepare:
            return False
        self.close_if_health_check_failed()
        self.ensure_connection()
        return bool(self.autocommit) and self.is_idle()

    def replace_connection(self) -> None:
        """Go on with a new connection, in the same transaction as far as Django knows."""
        autocommit = self.connection.autocommit
        self.connection.close()
        self.connection = self.get_new_connection(self.get_connection_params())
        self.connection.autocommit = autocommit
        self.init_connection_state()
        self.errors_occurred = False
        tally.counts[tally.REPLACED] += 1


def _ask_again(execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Execute a statement, once more on a new connection where its own ended, if that is safe.

    It is where nothing can have been done before: the first statement of a transaction, which was
    not committed, or one outside of any that only reads. All else is an error to the caller: what
    was written may stand, and what a transaction has read before may be so no more.
    """
    database, cursor = context["connection"], context["cursor"]
    is_first = database.is_idle()
    try:
        return execute(sql, params, many, context)
    except Error as error:
        is_safe = not database.connection.autocommit or str(sql).lstrip()[:6].upper() == "SELECT"
        # What a named cursor (.iterator()) has begun is nothing that another can go on with.
        is_named = isinstance(cursor.cursor, psycopg.ServerCursor)
        if not (is_first and is_safe and database.has_ended(error)) or is_named:
            raise
    with database.wrap_database_errors:
        database.replace_connection()
        cursor.cursor = database.create_cursor()
    return execute(sql, params, many, context)
