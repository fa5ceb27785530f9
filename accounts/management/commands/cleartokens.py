"""Remove what has ended: `manage.py cleartokens`, in place of DOT's. What goes and when:
accounts/endings/cleanup.py.

DOT's leaves expired device codes and revoked refresh tokens for ever, and counts all that is left
after each batch. Run this one daily, at any time; two at once share the work.
"""

import sys
import time
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.endings import cleanup

_WIDTH = 30
_REDRAW_SECONDS = 0.1


class Command(BaseCommand):
    help = "Delete expired codes, tokens, sessions, cache entries and security events."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch-size", type=_positive, default=cleanup.BATCH, metavar="ROWS")
        parser.add_argument("--dry-run", action="store_true", help="count, and delete nothing")

    def handle(self, *args: Any, batch_size: int, dry_run: bool, **options: Any) -> None:
        for chore in cleanup.chores():
            done = chore.count() if dry_run else self._do(chore, batch_size)
            if options["verbosity"] > 0:
                self.stdout.write(f"{done:>12,} {chore.name}")

    def _do(self, chore: cleanup.Chore, batch_size: int) -> int:
        progress = Progress(chore) if sys.stderr.isatty() else None
        done = 0
        for removed in chore.batches(batch_size):
            done += removed
            if progress:
                progress.show(done)
        if progress:
            progress.clear()
        return done


class Progress:
    """Draw a bar on the terminal's last line, gone when the work is done."""

    def __init__(self, chore: cleanup.Chore) -> None:
        self.name, self.total = chore.name, chore.count()
        self.shown_at = 0.0

    def show(self, done: int) -> None:
        if time.monotonic() - self.shown_at < _REDRAW_SECONDS:
            return
        self.shown_at = time.monotonic()
        total = max(self.total, done)
        bar = ("#" * (_WIDTH * done // total)).ljust(_WIDTH, ".")
        self._write(f"\r[{bar}] {done:,} of {total:,} {self.name}")

    def clear(self) -> None:
        self._write("\r\x1b[K")  # back to the start of the line, and empty it

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("must be a number of rows, 1 or more.")
    return int(text)
