"""Performs commands of manage.py, one after the other, in one process: each would take seconds.
Beside those, `join_group EMAIL GROUP`: in Django admin, groups are a matter of two pages.

Reads the commands from standard input, a JSON list of lists, and prints what they make likewise.
"""

import io
import json
import sys
from typing import Any

from django.core.management import call_command

from config.loading import load


def perform(command: list[str]) -> Any:
    if command[0] == "join_group":
        return join_group(*command[1:])
    printed = io.StringIO()
    call_command(*command, stdout=printed)
    return json.loads(printed.getvalue())


def join_group(email: str, name: str) -> None:
    from django.contrib.auth.models import Group

    from accounts.groups import membership
    from accounts.models import GroupProfile, User
    from accounts.models.event_kinds import Actor

    GroupProfile.objects.make_for([Group.objects.create(name=name)])
    person = User.objects.get(email=email)
    membership.put_in_named(person, [name], actor=Actor.ADMIN)


if __name__ == "__main__":
    load()
    json.dump([perform(command) for command in json.load(sys.stdin)], sys.stdout)
