"""Print clients, third parties, groups and roles as one YAML file, without any secret: apply_config
reads it here or at another site. docs/configuration-as-code.md says what is in it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.configuration import carry, document, schema


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--schema", action="store_true", help="print the file's JSON Schema")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["schema"]:
            self.stdout.write(json.dumps(schema.schema(), indent=2, ensure_ascii=False))
        else:
            self.stdout.write(document.write(carry.export()), ending="")
