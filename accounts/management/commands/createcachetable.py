"""Create the cache's table; on PostgreSQL it is then kept out of the write-ahead log."""

from django.core.management.commands import createcachetable
from django.db import connections


class Command(createcachetable.Command):
    def create_table(self, database: str, tablename: str, dry_run: bool) -> None:
        super().create_table(database, tablename, dry_run)
        connection = connections[database]
        if dry_run or connection.vendor != "postgresql":
            return
        # Every token request counts in it, and waits for the disk if the count is to survive a
        # crash of the database server. It need not: a cache may be lost.
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {connection.ops.quote_name(tablename)} SET UNLOGGED")
