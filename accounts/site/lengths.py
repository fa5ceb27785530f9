"""Say how long a body may be, to whoever sent more."""

import re

from django.conf import settings

JSON = 64 * 1024  # bytes of a body that is JSON

_JSON = re.compile(r"/(api|mcp|oauth/register)(/|$)")  # the addresses that take it


def longest_body(path: str) -> int:
    """Return how many bytes the body of a request to `path` may have."""
    most: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return min(most, JSON) if _JSON.match(path) else most


def in_words(number: int) -> str:
    """Return a number of bytes as people write it: 64 KiB, 1 MiB."""
    for size, unit in ((1024 * 1024, "MiB"), (1024, "KiB")):
        if number >= size and number % size == 0:
            return f"{number // size} {unit}"
    return f"{number:,} bytes"


def too_long(path: str) -> str:
    """Say what would do where a body was longer than `path` takes."""
    return f"The body may have {in_words(longest_body(path))} at most."
