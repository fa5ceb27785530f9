"""Check BREACHED_PASSWORDS: whether there is a list that can be looked into."""

import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.utils.translation import gettext

from accounts.entrance.breached_passwords import COMMON, FILE
from accounts.network import loopback


@register(Tags.security)
def check_source(**_: Any) -> list[CheckMessage]:
    """Check that BREACHED_PASSWORDS names a list that can be looked into (accounts.E009)."""
    problem = _problem_with(settings.BREACHED_PASSWORDS)
    if not problem:
        return []
    hint = gettext(
        "Set it to %(common)s, %(file)s/path/to/a/list or the https address of a range service."
    ) % {"common": COMMON, "file": FILE}
    return [Error(problem, hint=hint, id="accounts.E009")]


def _problem_with(source: str) -> str:
    if source == COMMON:
        return ""
    if source.startswith(FILE):
        is_read = os.access(source.removeprefix(FILE), os.R_OK)
        return "" if is_read else gettext("BREACHED_PASSWORDS: the file cannot be read.")
    try:
        parts = urlsplit(source)
    except ValueError:
        return gettext("BREACHED_PASSWORDS: this is not an address.")
    is_here = parts.hostname in loopback.HOSTS
    if parts.scheme == "https" or (parts.scheme == "http" and is_here):
        no_slash = gettext("BREACHED_PASSWORDS: the address has to end with a slash.")
        return "" if source.endswith("/") else no_slash
    return gettext("BREACHED_PASSWORDS: this is neither a list nor an https address.")
