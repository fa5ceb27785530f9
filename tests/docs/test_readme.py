"""README.md: short, with a picture."""

import re

from config.instance import BASE_DIR
from tests.documents import README


def test_it_is_a_screen_and_a_half() -> None:
    lines = README.text.splitlines()
    assert len(lines) < 130


def test_the_picture_is_there_and_small() -> None:
    (picture,) = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README.text)
    assert 10_000 < (BASE_DIR / picture).stat().st_size < 250_000
