"""Check BREACHED_PASSWORDS: whether there is a list that can be looked into."""

import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from accounts.entrance.breached_passwords import COMMON, FILE
from accounts.network import loopback


@register(Tags.security)
def check_source(**_: Any) -> list[CheckMessage]:
    """Check that BREACHED_PASSWORDS names a list that can be looked into (accounts.E009)."""
    problem = _problem_with(settings.BREACHED_PASSWORDS)
    if not problem:
        return []
    hint = f"Set it to {COMMON}, {FILE}/path/to/a/list or the https address of a range service."
    return [Error(f"BREACHED_PASSWORDS: {problem}", hint=hint, id="accounts.E009")]


def _problem_with(source: str) -> str:
    if source == COMMON:
        return ""
    if source.startswith(FILE):
        return "" if os.access(source.removeprefix(FILE), os.R_OK) else "the file cannot be read."
    try:
        parts = urlsplit(source)
    except ValueError:
        return "this is not an address."
    is_here = parts.hostname in loopback.HOSTS
    if parts.scheme == "https" or (parts.scheme == "http" and is_here):
        return "" if source.endswith("/") else "the address has to end with a slash."
    return "this is neither a list nor an https address."
