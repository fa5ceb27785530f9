"""Bring one instance's database and static files up to date: `python -m config.prepare`. With
`--static` the static files alone, for an image that is built where no database is.

One process does what three commands would, and only what is due: a start should be quick. It ends
with words for the terminal where the system checks find that the site could not work.
"""

import contextlib
import hashlib
import sys
import time
from collections.abc import Iterator
from typing import Any

from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection

from config.loading import load

_STAMP = ".collected"
_LOCK_TIMEOUT = "900ms"  # nobody waits for a second because of a migration that waits itself
_LOCK_NOT_AVAILABLE = "55P03"
_TRIES = 30
_STEP_BACK_SECONDS = 2.0


def prepare() -> None:
    """Migrate, make the cache's table, collect static files. Needs no load() before."""
    load()
    refuse_errors()
    _migrate()
    refuse_errors(tags=[Tags.database], databases=[DEFAULT_DB_ALIAS])
    call_command("createcachetable", verbosity=0)
    _collect_static_files()


def refuse_errors(**which: Any) -> None:
    """Exit, saying why, where system checks find an error. `which`: as run_checks takes it."""
    found = run_checks(**which)
    errors = [message for message in found if message.is_serious() and not message.is_silenced()]
    if errors:
        sys.exit("\n".join(map(str, errors)))


def _migrate() -> None:
    """Migrate beside traffic.

    On PostgreSQL, whoever waits for a lock has everybody else wait behind it: so a migration that
    does not get one soon steps back, and tries again later.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            with _brief_waits():
                call_command("migrate", verbosity=0)
            return
        except OperationalError as error:
            if not (tries_left and _waited_too_long(error)):
                raise
            sys.stderr.write("A migration waits for a lock, and is tried again.\n")
            time.sleep(_STEP_BACK_SECONDS)


@contextlib.contextmanager
def _brief_waits() -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [_LOCK_TIMEOUT])
    try:
        yield
    finally:
        connection.close()  # and with it what was set


def _waited_too_long(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", "") == _LOCK_NOT_AVAILABLE


def _collect_static_files() -> None:
    from django.conf import settings

    stamp = settings.STATIC_ROOT / _STAMP
    found = _fingerprint()
    if stamp.is_file() and stamp.read_text() == found:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(found)


def _fingerprint() -> str:
    """Return a digest of how files are kept, and of name, size and time of every one there is."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            modified = storage.get_modified_time(name).timestamp()
            digest.update(f"{name}\0{storage.size(name)}\0{modified}\n".encode())
    return digest.hexdigest()


def main(arguments: list[str]) -> None:
    if arguments == ["--static"]:
        load()
        _collect_static_files()
    else:
        prepare()


if __name__ == "__main__":
    main(sys.argv[1:])
