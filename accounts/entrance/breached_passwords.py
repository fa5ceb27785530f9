"""Refuse passwords that are known from a breach.

Nothing of a password leaves this site but five of the forty digits of its SHA-1, and that only
where BREACHED_PASSWORDS names a service that answers with a range: hundreds of passwords share
them.
"""

import hashlib
import logging
import os
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.network.outbound import BoundedSession, CallFailed
from accounts.text.passwords import opaque

log = logging.getLogger(__name__)

COMMON, FILE = "common", "file:"
_PREFIX = 5  # digits of the digest that a service is told
_SECONDS = 2  # that a person waits for it
_LONGEST_LINE = 128  # bytes of a list; a digest and its count are some 50


class BreachedPasswordValidator:
    """Validate a new password against the list at BREACHED_PASSWORDS."""

    def validate(self, password: str, user: Any = None) -> None:
        if is_breached(opaque(password)):
            raise ValidationError(self.get_error_message(), code="password_is_breached")

    def get_error_message(self) -> str:
        return _(
            "This password has been in a data breach, so attackers try it first. Choose a "
            "different one."
        )

    def get_help_text(self) -> str:
        return _("Your password can’t be one that has been in a data breach.")


def is_breached(password: str) -> bool:
    """Return whether `password` is on the list that BREACHED_PASSWORDS names."""
    source = settings.BREACHED_PASSWORDS
    if source == COMMON:
        return _is_common(password)
    digest = hashlib.sha1(password.encode(errors="replace"), usedforsecurity=False)
    found = digest.hexdigest().upper()
    if source.startswith(FILE):
        return _is_in_file(Path(source.removeprefix(FILE)), found)
    return _is_in_range(source, found)


def _is_common(password: str) -> bool:
    try:
        _common().validate(password)
    except ValidationError:
        return True
    return False


@cache
def _common() -> CommonPasswordValidator:
    """Return Django's list of twenty thousand, read once."""
    return CommonPasswordValidator()


def _is_in_file(path: Path, digest: str) -> bool:
    """Search a file of lines "DIGEST:count", sorted, by halves: some 30 reads for a billion."""
    try:
        with path.open("rb") as lines:
            return _search(lines, digest.encode())
    except OSError as error:
        log.error("The list of breached passwords cannot be read: %s", type(error).__name__)
        return False


def _search(lines: Any, digest: bytes) -> bool:
    low, high = 0, os.fstat(lines.fileno()).st_size
    while low < high:
        middle = (low + high) // 2
        if _line_from(lines, middle)[: len(digest)].upper() < digest:
            low = middle + 1
        else:
            high = middle
    return bool(_line_from(lines, low)[: len(digest)].upper() == digest)


def _line_from(lines: Any, position: int) -> bytes:
    """Return the first line that begins at `position` or after it; past the end, the last of all.

    A byte above every digit stands for the end, so that a search goes on before it.
    """
    lines.seek(max(position - 1, 0))
    if position > 0:
        lines.readline(_LONGEST_LINE)
    return lines.readline(_LONGEST_LINE) or b"\xff"


def _is_in_range(service: str, digest: str) -> bool:
    """Ask for all digests that begin alike. No answer is no reason to keep a person out."""
    prefix, rest = digest[:_PREFIX], digest[_PREFIX:]
    session = BoundedSession(_SECONDS)
    try:
        # Padding: the length of an answer would tell a listener which range it is.
        response = session.get(f"{service}{prefix}", headers={"Add-Padding": "true"})
        body = response.content.decode("ascii", "replace") if response.ok else ""
        if not response.ok:
            log.warning(
                "Breached passwords could not be asked for: status %s", response.status_code
            )
    except CallFailed as error:
        log.warning("Breached passwords could not be asked for: %s", type(error).__name__)
        return False
    finally:
        session.close()
    counts = dict(line.partition(":")[::2] for line in body.upper().split())
    return counts.get(rest, "0") != "0"  # a count of 0 is padding
