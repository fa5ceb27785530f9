"""Find rows by how the words in their columns begin, on an index of PostgreSQL's own text search:
that needs no extension, which a database's owner may not be allowed to create.

The indexes are of the same expression as HasWords (accounts/migrations/0029_indexes_of_words.py,
accounts/oauth_server/migrations/0030_indexes_of_client_names.py).
Other databases have none.
"""

from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Func

_BETWEEN_WORDS = "@.-_+'/\\"  # in addresses and names, beside blanks
_APART = str.maketrans(_BETWEEN_WORDS, " " * len(_BETWEEN_WORDS))


def is_there() -> bool:
    """Return whether the database has such indexes."""
    return connection.vendor == "postgresql"


class HasWords(Func):
    """Say whether for each word of `typed` the columns have one that begins with it."""

    output_field = BooleanField()

    def __init__(self, *columns: str, typed: str) -> None:
        super().__init__(*map(F, columns))
        self._typed = typed

    def as_sql(self, compiler: Any, *_: Any, **__: Any) -> Any:
        columns = [compiler.compile(each)[0] for each in self.source_expressions]
        text = " || ' ' || ".join(columns)
        said = f"translate({text}, '{_quoted(_BETWEEN_WORDS)}', '{' ' * len(_BETWEEN_WORDS)}')"
        query = " & ".join(f"'{word}':*" for word in self._typed.translate(_APART).split())
        sql = f"to_tsvector('simple'::regconfig, {said}) @@ to_tsquery('simple'::regconfig, %s)"
        return sql, (query,)


def _quoted(text: str) -> str:
    return text.replace("'", "''")
