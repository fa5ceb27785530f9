"""Take over people from another server: their addresses, names, groups, identifiers, and the hashes
of their passwords. Says what it would do; --apply does it. docs/moving.md has a recipe for each
origin. Run again, it makes nobody twice, and changes nobody who is there."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from accounts.moving import origins
from accounts.moving.files import BadFile
from accounts.moving.people import Check, Person, batches, make, read

_SHOWN = 50  # problems; the rest is counted


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--from", dest="origin", choices=origins.NAMES, default="jsonl",
            help="how the file is written; default: jsonl, one JSON object a line",
        )  # fmt: skip
        parser.add_argument("--firebase", default="", help="the project's: n=14,r=8,p=1,ss=…,sk=…")
        parser.add_argument("--apply", action="store_true", help="make the accounts")
        parser.add_argument(
            "--skip-invalid", action="store_true", help="make the others where lines are wrong"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counted = self._look(options)
            if options["apply"] and (not counted["invalid"] or options["skip_invalid"]):
                counted["made"] = self._make(options)
        except (BadFile, OSError, UnicodeDecodeError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(counted, indent=2))
        if counted["invalid"] and not options["skip_invalid"]:
            raise CommandError("Lines are wrong: nobody was imported. See --skip-invalid.")
        if not options["apply"]:
            self.stderr.write("Nothing was written yet: add --apply.")

    def _look(self, options: dict[str, Any]) -> dict[str, int]:
        """Count the lines of the whole file by what they are, and say what is wrong where."""
        counted = {"new": 0, "there_already": 0, "invalid": 0, "made": 0}
        shown = 0
        for valid, known, wrong in _sorted(options):
            counted["new"] += len(valid)
            counted["there_already"] += len(known)
            counted["invalid"] += len(wrong)
            said = [f"line {each.line}: {why}" for each in wrong for why in each.problems]
            said += [f"line {each.line}: email: somebody here has it" for each in known]
            for line in said[: max(0, _SHOWN - shown)]:
                self.stderr.write(line)
            shown += len(said)
        if shown > _SHOWN:
            self.stderr.write(f"… and {shown - _SHOWN} more.")
        return counted

    def _make(self, options: dict[str, Any]) -> int:
        try:
            return sum(make(valid) for valid, _, _ in _sorted(options) if valid)
        except IntegrityError as error:
            words = "Somebody took an address meanwhile. What was made stays; run this again."
            raise CommandError(words) from error


def _sorted(
    options: dict[str, Any],
) -> Iterator[tuple[list[Person], list[Person], list[Person]]]:
    """Yield, for each batch of the file, who is new, who is there already, and which are wrong."""
    check = Check()
    with options["file"].open(encoding="utf-8-sig", newline="") as file:
        lines = origins.lines(file, options["origin"], options["firebase"])
        for batch in batches(read(number, told) for number, told in lines):
            known = check.look_at(batch)
            wrong = [each for each in batch if each.problems]
            fine = [each for each in batch if not each.problems]
            yield (
                [each for each in fine if each.line not in known],
                [each for each in fine if each.line in known],
                wrong,
            )
