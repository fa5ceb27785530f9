"""Look whether there is room left where this site writes."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from accounts.doctor.findings import Finding, Topic

topic = Topic("disk")

_MEGABYTE = 1_000_000
_LITTLE = 1_000 * _MEGABYTE
_NOTHING = 100 * _MEGABYTE


def examine() -> Iterator[Finding]:
    folder = settings.DATA_DIR
    yield _writable(folder)
    if folder.is_dir():
        yield room(folder, shutil.disk_usage(folder).free)


def _writable(folder: Path) -> Finding:
    checked = _("DATA_DIR can be written")
    if os.access(folder, os.W_OK | os.X_OK):
        return topic.ok(checked, _("%(folder)s can be.") % {"folder": folder})
    return topic.broken(
        checked,
        _("%(folder)s cannot be, or is not there.") % {"folder": folder},
        _("Make it, and give it to the user of the site: chown, chmod 700. Or set DATA_DIR."),
    )


def room(folder: Path, free: int) -> Finding:
    """Judge by how many bytes are free: below a gigabyte, a backup or an upgrade may not fit."""
    checked = _("There is room left")
    megabytes = number_format(free // _MEGABYTE, force_grouping=True)
    found = _("%(megabytes)s MB are free at %(folder)s.") % {
        "megabytes": megabytes,
        "folder": folder,
    }
    remedy = _("Delete old backups and logs, or move DATA_DIR to a larger disk.")
    if free < _NOTHING:
        return topic.broken(checked, found, remedy)
    if free < _LITTLE:
        return topic.warning(checked, found, remedy)
    return topic.ok(checked, found)
