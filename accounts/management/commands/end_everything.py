"""End all sessions and revoke all tokens, of everybody: after a restore, or a theft."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.endings import everything
from accounts.security_events.receipts import in_words


class Command(BaseCommand):
    help = (
        "Signs everybody out, and revokes every code and token of people and client apps: for a "
        "database that was restored, in which works again what had been revoked since. "
        "Apps are told."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            *("--yes", "--no-input"), action="store_true", dest="yes", help="do not ask"
        )

    def handle(self, **options: Any) -> None:
        if not options["yes"]:
            self._make_sure()
        self.stdout.write(told(everything.end_everything()))

    def _make_sure(self) -> None:
        """Say what will happen and ask. Raises CommandError."""
        people = everything.concerned().count()
        self.stderr.write(
            f"{people} people will be signed out everywhere, and all personal tokens and all "
            "tokens of apps will stop working."
        )
        if not sys.stdin.isatty():
            raise CommandError("Nobody is there to ask. Add --yes to end everything.")
        self.stderr.write("Are you sure? [y/N] ", ending="")
        self.stderr.flush()
        if input().strip().lower() not in ("y", "yes"):
            raise CommandError("Nothing was changed.")


def told(ended: everything.Ended) -> str:
    """Return what was ended, for the terminal."""
    return f"Signed out: {ended.people} people. {in_words(ended.receipt)}"
