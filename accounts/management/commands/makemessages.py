"""Gather what people read from code and templates into the catalogs in accounts/locale/."""

import re
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.commands import makemessages

# The API speaks English; the rest is not what people see.
_NOT_READ = [
    *("accounts/locale", "api", "bench", "docs", "node_modules", "staticfiles"),
    *("tests", "var"),
]


class Command(makemessages.Command):
    help = __doc__
    # A sentence that is only like another is translated anew: a near miss reads as a mistake.
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        languages = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        # Without line numbers, a catalog changes only where its words do.
        parser.set_defaults(
            locale=languages,
            ignore_patterns=[*_NOT_READ],
            no_obsolete=True,
            add_location="file",
        )

    def build_potfiles(self) -> list[str]:
        """Leave the time of the run out, or every run would change every catalog."""
        potfiles: list[str] = super().build_potfiles()
        for potfile in map(Path, potfiles):
            text = re.sub(r'^"POT-Creation-Date:.*\n', "", potfile.read_text(), flags=re.MULTILINE)
            potfile.write_text(text)
        return potfiles
