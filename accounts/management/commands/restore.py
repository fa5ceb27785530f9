"""Put a backup in the place of an SQLite database.

The backup is made ready as a draft beside the database: checked, migrated, its keys tried, and
what could be used again ended. Then one rename makes it the database. Up to there nothing has
changed, whatever goes wrong.
"""

import contextlib
import os
import shutil
import sqlite3
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.checks import encryption_keys
from accounts.endings import everything
from accounts.management.commands.end_everything import told
from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import GROUPS, Event
from accounts.storage import sqlite_files

# What protected somebody, and is undone by a restore.
_WORTH_A_LOOK = GROUPS["account"] | {
    *(Event.APP_REMOVED, Event.CLIENT_REGISTERED, Event.CLIENT_CHANGED, Event.CLIENT_REMOVED),
    *(Event.TOKEN_REVOKED, Event.TOKEN_REPLAYED, Event.CODE_REPLAYED, Event.CLIENT_SECRET_ENDED),
}


class Command(BaseCommand):
    help = (
        "Puts a backup in the place of the SQLite database, which is kept beside it. Stop the site "
        "first. Everybody is signed out, and no code or token works any more: what was revoked or "
        "used after the backup would work again. For PostgreSQL there is pg_restore, see "
        "docs/operating.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", type=Path, help="a file that manage.py backup has made")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="also where there are people in the database, who are kept in a file beside it",
        )
        parser.add_argument(
            "--keep-tokens",
            action="store_true",
            help="leave sessions, codes and tokens as they were, those too that were revoked or "
            "used after the backup",
        )

    def handle(self, *args: Any, backup: Path, **options: Any) -> None:
        if connection.vendor != "sqlite":
            raise CommandError("This database is PostgreSQL: pg_restore, see docs/operating.md.")
        connection.close()
        path = Path(connection.settings_dict["NAME"])
        if path.exists() and backup.exists() and backup.samefile(path):
            raise CommandError(f"{path} is the database itself.")
        try:
            sqlite_files.check(backup)
            with sqlite_files.held(path) as database:
                self._restore(backup, path, database, options)
        except sqlite_files.UnusableFileError as error:
            raise CommandError(str(error)) from error

    def _restore(
        self,
        backup: Path,
        path: Path,
        database: sqlite3.Connection | None,
        options: dict[str, Any],
    ) -> None:
        if database and not options["replace"] and _has_people(database):
            raise CommandError(
                f"There are people in {path}. To put the backup in its place: --replace"
            )
        kept = path.with_name(f"{path.name}.before-{timezone.now():%Y%m%dT%H%M%SZ}")
        with sqlite_files.draft_of(path) as draft:
            shutil.copyfile(backup, draft)
            with _connected_to(draft):
                self._make_ready(backup, keep_tokens=options["keep_tokens"])
            _give_to_owner_of(path.parent, draft)
            sqlite_files.exchange(draft, path, kept)
        self.stdout.write(f"Restored: {path}, from {backup}.")
        if database:
            self.stdout.write(f"What was there before is kept: {kept}.")
            self._tell_what_is_undone(database, backup)

    def _make_ready(self, backup: Path, *, keep_tokens: bool) -> None:
        _migrate(backup)
        if lost := encryption_keys.lost():
            raise CommandError(
                f"ENCRYPTION_KEYS lacks the key that has sealed what is in {backup} since "
                f"{lost[0].first_used}. Put it back first (`make run` keeps its keys in "
                "DATA_DIR/secrets.json). Nothing was changed."
            )
        # Letters and sign-outs that waited then have long been sent.
        unfinished = (TaskResultStatus.READY, TaskResultStatus.RUNNING)
        DBTaskResult.objects.filter(status__in=unfinished).delete()
        if keep_tokens:
            self.stderr.write(
                "Sessions and tokens are as they were: what was revoked or used since works again."
            )
        else:
            self.stdout.write(told(everything.end_everything()))

    def _tell_what_is_undone(self, database: sqlite3.Connection, backup: Path) -> None:
        """Name what happened after the backup: some of it may have to be done again."""
        try:
            undone = _events_since(database, backup)
        except sqlite3.DatabaseError as error:
            self.stderr.write(f"What has happened since the backup cannot be read: {error}.")
            return
        for kind, count in undone:
            self.stdout.write(f"{count:>8} undone: {Event(kind).label}")
        if undone:
            self.stdout.write(
                "Look these up in that file, and do again what protected somebody: see "
                "“After a restore” in docs/operating.md."
            )


@contextlib.contextmanager
def _connected_to(path: Path) -> Iterator[None]:
    """Have everything in this process that asks the database ask the one at `path`."""
    connection.close()
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = str(path)
    try:
        yield
    finally:
        connection.close()  # as the last one, it writes -wal back
        connection.settings_dict["NAME"] = before


def _migrate(backup: Path) -> None:
    executor = MigrationExecutor(connection)
    known = executor.loader.disk_migrations
    applied = executor.loader.applied_migrations
    if not applied:
        raise CommandError(f"{backup} is no backup of this site: it has no tables of its.")
    newer = [
        f"{app}.{name}"
        for app, name in applied
        if app in executor.loader.migrated_apps and (app, name) not in known
    ]
    if newer:
        raise CommandError(
            f"{backup} is of a newer version, with migrations that are not known here "
            f"({', '.join(sorted(newer))}). Bring the code up to date first."
        )
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0)


def _has_people(database: sqlite3.Connection) -> bool:
    """Return whether there is anybody to lose, which of a damaged database nobody knows."""
    try:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        people = f"SELECT 1 FROM {User._meta.db_table} LIMIT 1"  # noqa: S608 (no words of others)
        return User._meta.db_table in tables and database.execute(people).fetchone() is not None
    except sqlite3.DatabaseError:
        return True


def _events_since(database: sqlite3.Connection, backup: Path) -> list[tuple[str, int]]:
    """Return the kinds of events in `database` that are worth a look and not in `backup`, with how
    many there are, most first."""
    table = SecurityEvent._meta.db_table
    with sqlite_files.opened(backup) as copy:
        (last,) = copy.execute(f"SELECT max(at) FROM {table}").fetchone()  # noqa: S608
    counted = database.execute(
        f"SELECT kind, count(*) FROM {table} WHERE at > ? AND outcome = 'succeeded' "  # noqa: S608
        "GROUP BY kind ORDER BY 2 DESC",
        [last or ""],
    )
    return [(kind, count) for kind, count in counted if kind in _WORTH_A_LOOK]


def _give_to_owner_of(directory: Path, draft: Path) -> None:
    """Let the site open what root restores for it."""
    if os.geteuid() == 0:
        owner = directory.stat()
        os.chown(draft, owner.st_uid, owner.st_gid)
