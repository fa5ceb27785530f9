"""Have clients, third parties, groups and roles be as a YAML file says: all of it or nothing. What
the file does not name stays. Prints what was changed; with --dry-run, what would be, and exits with
2 where there is something. docs/configuration-as-code.md says what may be in it."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.configuration import carry, document
from accounts.configuration.difference import Difference

DIFFERS = 2  # the exit status


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the YAML file; “-” reads standard input")
        parser.add_argument("--dry-run", action="store_true", help="change nothing")
        parser.add_argument("--json", action="store_true", help="print the difference as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = carry.apply(document.read(_text(options["file"])), is_dry=options["dry_run"])
        except document.BadDocument as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_as_json(found) if options["json"] else _in_words(found))
        if found and options["dry_run"]:
            sys.exit(DIFFERS)


def _text(file: str) -> str:
    try:
        if file == "-":
            return sys.stdin.read(document.MOST_BYTES + 1)
        with Path(file).open(encoding="utf-8-sig") as opened:
            return opened.read(document.MOST_BYTES + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}.") from error


def _as_json(found: list[Difference]) -> str:
    return json.dumps([each.as_json() for each in found], indent=2, ensure_ascii=False)


def _in_words(found: list[Difference]) -> str:
    if not found:
        return "Nothing differs."
    return "\n".join(line for each in found for line in _lines(each))


def _lines(each: Difference) -> list[str]:
    sign = "+" if each.is_new else "~"
    return [
        f"{sign} {each.kind} {each.key}",
        *(f"    {name}: {_word(old)} -> {_word(new)}" for name, (old, new) in each.changed.items()),
    ]


def _word(value: Any) -> str:
    return "nothing" if value in (None, "", [], {}) else json.dumps(value, ensure_ascii=False)
