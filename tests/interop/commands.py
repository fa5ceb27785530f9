"""Performs commands of manage.py, one after the other, in one process: each would take seconds.

Reads the commands from standard input, a JSON list of lists, and prints what they make likewise.
"""

import io
import json
import os
import sys
from typing import Any

import django
from django.core.management import call_command


def perform(command: list[str]) -> Any:
    printed = io.StringIO()
    call_command(*command, stdout=printed)
    return json.loads(printed.getvalue())


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    json.dump([perform(command) for command in json.load(sys.stdin)], sys.stdout)
