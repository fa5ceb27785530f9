"""Read people from a file, line by line: JSON Lines, or CSV with a head."""

import csv
import json
from collections.abc import Iterator
from typing import Any, TextIO

# The number of a line, and its fields or what is wrong with it.
Line = tuple[int, dict[str, Any] | str]


class BadFile(ValueError):
    """Refuse a file as a whole, in words."""


def json_lines(file: TextIO) -> Iterator[Line]:
    """Yield the objects of a file that has one a line; empty lines are left out."""
    for number, text in enumerate(file, start=1):
        if text.strip():
            yield number, _object(text)


def _object(text: str) -> dict[str, Any] | str:
    try:
        read = json.loads(text)
    except ValueError:
        return "is not JSON"
    return read if isinstance(read, dict) else "is not a JSON object"


def csv_lines(file: TextIO) -> Iterator[Line]:
    """Yield the rows of a file whose first line names the fields."""
    reader = csv.DictReader(file, strict=True)
    try:
        if not reader.fieldnames:
            raise BadFile("The first line does not name the fields.")
        for row in reader:
            if None in row or None in row.values():
                yield reader.line_num, "has more or fewer cells than the first line"
            else:
                yield reader.line_num, {name: cell for name, cell in row.items() if cell}
    except csv.Error as error:
        raise BadFile(f"Line {reader.line_num} is not CSV ({error}).") from error
