"""Bring one instance's database and static files up to date: `python -m config.prepare`. With
`--static` the static files alone, for an image that is built where no database is.

One process does what three commands would, and only what is due: a start should be quick. It ends
with words for the terminal where the system checks find that the site could not work.
"""

import hashlib
import os
import sys
from typing import Any

import django
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS

_STAMP = ".collected"


def prepare() -> None:
    """Migrate, make the cache's table, collect static files. Needs no `django.setup()` before."""
    _set_up()
    refuse_errors()
    call_command("migrate", verbosity=0)
    refuse_errors(tags=[Tags.database], databases=[DEFAULT_DB_ALIAS])
    call_command("createcachetable", verbosity=0)
    _collect_static_files()


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()


def refuse_errors(**which: Any) -> None:
    """Exit, saying why, where system checks find an error. `which`: as run_checks takes it."""
    found = run_checks(**which)
    errors = [message for message in found if message.is_serious() and not message.is_silenced()]
    if errors:
        sys.exit("\n".join(map(str, errors)))


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
        _set_up()
        _collect_static_files()
    else:
        prepare()


if __name__ == "__main__":
    main(sys.argv[1:])
