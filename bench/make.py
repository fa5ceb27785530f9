"""Make what the bench needs on a site, and print it as JSON: `python -m bench.make MODULE CODES`.

MODULE says how, for the site of DJANGO_SETTINGS_MODULE. Codes are made here and not by asking
people for them over HTTP, which would take longer than all that is measured.
"""

import importlib
import json
import sys

import django
from django.core.management import call_command
from django.db import transaction


def main(module: str, codes: str) -> None:
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    from bench.plain.models import Entry

    with transaction.atomic():
        Entry.objects.bulk_create(Entry(text="hello") for _ in range(100))
        made = importlib.import_module(module).make(int(codes))
    sys.stdout.write(json.dumps(made))


if __name__ == "__main__":
    main(*sys.argv[1:])
