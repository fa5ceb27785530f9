"""Make tables without the indexes that only `LIKE 'beginning%'` would read."""

from typing import Any

from django.db.backends.postgresql.schema import DatabaseSchemaEditor


class SchemaEditor(DatabaseSchemaEditor):
    def _create_like_index_sql(self, model: Any, field: Any) -> None:
        """Make no twin of an index on text. Django makes one for each, for text that is looked up
        by how it begins: no digest, session or address is, and each twin is as large as its index,
        and written as often. Migration accounts.0019 removes those of earlier versions.
        """
