"""Ask PostgreSQL by statements that stay prepared, without a cursor.

Between Django's cursor, psycopg's and the one that both compose, a look-up by a key costs this
process four times what PostgreSQL's own library takes to send and to read it. The hand-written
statements of every request (accounts/storage/rows.py) are therefore sent by the library itself.
"""

from functools import lru_cache
from itertools import count
from typing import Any, NamedTuple

import psycopg
from psycopg import abc, pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result

_AT_MOST = 100  # on one connection: whoever sends more makes them up, and goes by a cursor

_names = count()
_Key = tuple[str, tuple[int, ...], pq.Format]


class _Kept(NamedTuple):
    name: bytes
    reader: abc.Transformer


class Statements:
    """Keep statements prepared on `connection`, which is in no transaction, and ask them."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._pgconn = connection.pgconn
        self._connection = connection
        self._writer: abc.Transformer = Transformer(connection)
        self._kept: dict[_Key, _Kept] = {}

    def rows(
        self, statement: str, parameters: Any, answer: pq.Format
    ) -> list[tuple[Any, ...]] | None:
        """Return the rows that a SELECT finds; None where it is for a cursor. Raises
        psycopg.Error."""
        query, names = _numbered(statement, _shape(parameters))
        values = [parameters[name] for name in names]
        sent = self._writer.dump_sequence(values, [PyFormat.AUTO] * len(values))
        key = (statement, self._writer.types or (), answer)
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) >= _AT_MOST:
                return None
            kept = self._kept[key] = self._prepare(query, key[1])
        formats = self._writer.formats
        # psycopg's stub forgets NULL among the parameters.
        result = self._pgconn.exec_prepared(kept.name, sent, formats, answer)  # type: ignore[arg-type]
        found = self._checked(result)
        kept.reader.set_pgresult(found, set_loaders=kept.reader.pgresult is None)
        return kept.reader.load_rows(0, found.ntuples, tuple)

    def _prepare(self, query: bytes, types: tuple[int, ...]) -> _Kept:
        name = f"latchkey_{next(_names)}".encode()
        self._checked(self._pgconn.prepare(name, query, types))
        return _Kept(name, Transformer(self._connection))

    def _checked(self, result: pq.abc.PGresult) -> pq.abc.PGresult:
        if result.status in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            return result
        raise error_from_result(result, self._connection.info.encoding)


@lru_cache(maxsize=500)
def is_reading(statement: str) -> bool:
    return statement.lstrip()[:6].upper() == "SELECT"


class _Numbers(dict[str, str]):
    """Number what is asked for by name, in the order in which it is."""

    def __missing__(self, name: str) -> str:
        self[name] = f"${len(self) + 1}"
        return self[name]


def _shape(parameters: Any) -> int | None:
    """Return how many parameters there are by position; None: they are by name."""
    if isinstance(parameters, dict):
        return None
    return len(parameters or ())


@lru_cache(maxsize=500)
def _numbered(statement: str, shape: int | None) -> tuple[bytes, tuple[Any, ...]]:
    """Return the statement as PostgreSQL takes it, and the keys of its parameters in that order."""
    if shape is None:
        numbers = _Numbers()
        return (statement % numbers).encode(), tuple(numbers)
    places = range(shape)
    numbered = statement % tuple(f"${place + 1}" for place in places) if shape else statement
    return numbered.encode(), tuple(places)
