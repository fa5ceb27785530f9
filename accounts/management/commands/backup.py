"""Write a backup of an SQLite database, while the site runs."""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from accounts.models import User
from accounts.storage import sqlite_files

_NAMED = "latchkey-{:%Y%m%dT%H%M%SZ}.sqlite3"
_ALL = "latchkey-*T*Z.sqlite3"


class Command(BaseCommand):
    help = (
        "Writes all that is in the SQLite database into one file that its owner alone can read, "
        "beside a site that runs. The encryption keys are not in it: keep them elsewhere. For "
        "PostgreSQL there is pg_dump, see docs/operating.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("to", type=Path, help="a new file, or a directory in which to make one")
        parser.add_argument(
            "--keep",
            type=_positive,
            metavar="NUMBER",
            help="in a directory: delete all but so many of the newest backups",
        )

    def handle(self, *args: Any, to: Path, keep: int | None, **options: Any) -> None:
        if connection.vendor != "sqlite":
            raise CommandError("This database is PostgreSQL: pg_dump, see docs/operating.md.")
        if keep and not to.is_dir():
            raise CommandError(f"{to} is no directory, so there is nothing to delete in it.")
        path = to / _NAMED.format(timezone.now()) if to.is_dir() else to
        if path.exists():
            raise CommandError(f"{path} is there already.")
        try:
            sqlite_files.copy_to(connection, path)
        except sqlite_files.UnusableFileError as error:
            raise CommandError(str(error)) from error
        self._tell(path)
        for old in sorted(to.glob(_ALL))[:-keep] if keep else []:
            old.unlink()
            self.stdout.write(f"Deleted: {old}")

    def _tell(self, path: Path) -> None:
        with sqlite_files.opened(path) as copy:
            (people,) = copy.execute(f"SELECT count(*) FROM {User._meta.db_table}").fetchone()  # noqa: S608
        size = filesizeformat(path.stat().st_size)
        self.stdout.write(f"Backed up: {path} ({people} people, {size}, checked)")
        self.stderr.write(
            "It says who everybody is: keep it secret. Without ENCRYPTION_KEYS, which are not in "
            "it, what is sealed opens for nobody: keep those too, and elsewhere."
        )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("must be a number of backups, 1 or more.")
    return int(text)
