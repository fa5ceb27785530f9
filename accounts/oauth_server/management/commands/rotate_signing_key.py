"""Change the keys that sign ID tokens, without an outage or, for a stolen one, at once."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import SigningKey
from accounts.oauth_server.models.signing_key import ALGORITHMS, DEFAULT_ALGORITHM
from accounts.oauth_server.tokens.key_changes import forecast
from accounts.security_events.details import Action, AdminChange
from accounts.security_events.record import record


class Command(BaseCommand):
    help = (
        "Publishes a new key, which signs once every client can know it. The old one stays "
        "published until the last token that it signed has expired. Prints the new keys as JSON. "
        "Run again while a key is waiting to sign, it makes no other."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--algorithm", choices=[*ALGORITHMS, "all"], default=DEFAULT_ALGORITHM)
        parser.add_argument(
            "--now",
            action="store_true",
            help="for a stolen key: the new one signs in ten seconds, when every process has read "
            "it; the old ones are withdrawn, and ten seconds later ID tokens that they signed "
            "verify no more",
        )
        parser.add_argument(
            *("--yes", "--no-input"),
            action="store_true",
            dest="yes",
            help="do not say what will happen, and do not ask whether it shall",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = [each for each in ALGORITHMS if options["algorithm"] in ("all", each)]
        if not options["yes"]:
            self._make_sure(chosen, now=options["now"])
        keys = [_change(algorithm, now=options["now"]) for algorithm in chosen]
        self.stdout.write(json.dumps([_describe(key) for key in keys], indent=2))

    def _make_sure(self, algorithms: list[str], *, now: bool) -> None:
        """Say what will happen and ask, on stderr: stdout is for the keys. Raises CommandError."""
        for algorithm in algorithms:
            self.stderr.write("\n".join([algorithm, *forecast(algorithm, now=now), ""]))
        if not sys.stdin.isatty():
            raise CommandError("Nobody is there to ask. Add --yes to change the keys.")
        self.stderr.write("Are you sure? [y/N] ", ending="")
        self.stderr.flush()
        if input().strip().lower() not in ("y", "yes"):
            raise CommandError("Nothing was changed.")


def _change(algorithm: str, *, now: bool) -> SigningKey:
    keys = SigningKey.objects
    key = keys.replace(algorithm) if now else keys.rotate(algorithm)
    how = (
        "It signs within seconds, and all older ones are withdrawn."
        if now
        else "It takes over in time."
    )
    made = AdminChange(
        Action.ADDITION,
        key._meta.label_lower,
        str(key.pk),
        object=key.kid,
        message=f"{algorithm}. {how}",
    )
    record(Event.ADMIN_KEY, actor=Actor.ADMIN, details=made)
    return key


def _describe(key: SigningKey) -> dict[str, str]:
    return {
        "kid": key.kid,
        "algorithm": key.algorithm,
        "signs_from": key.signs_from.isoformat(),
    }
