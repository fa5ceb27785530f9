"""Check the files from which secrets are read: accounts.W010, in `manage.py check --deploy`."""

import stat
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.utils.translation import gettext


@register(Tags.security, deploy=True)
def check_secret_files(**_: Any) -> list[CheckMessage]:
    """Check that not every user of the machine can read a secret, or put another in its place
    (accounts.W010)."""
    hint = gettext("Give it to the site's user alone: chmod 600, or 400.")
    text = gettext("%(setting)s: everybody can read or write %(path)s.")
    return [
        Warning(text % {"setting": way, "path": path}, hint=hint, id="accounts.W010")
        for way, path in settings.SECRET_FILES.items()
        if _is_open_to_all(path)
    ]


def _is_open_to_all(path: Path) -> bool:
    """Return whether others have a right to the file, and a way to it."""
    try:
        found = path.resolve(strict=True)
        modes = [each.stat().st_mode for each in (found, *found.parents)]
    except OSError:  # gone since it was read
        return False
    of_file, *of_directories = modes
    is_reached = all(mode & stat.S_IXOTH for mode in of_directories)
    return is_reached and bool(of_file & (stat.S_IROTH | stat.S_IWOTH))
