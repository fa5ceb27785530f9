"""What is made after the gaps are filled lies by itself."""

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from config import gaps

MANY = 5_000


@pytest.fixture(autouse=True)
def _emptied() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()
    gaps._filling.clear()


@pytest.mark.parametrize("make", [partial(bytes, length) for length in (31, 47, 100, 400)])
def test_what_is_new_lies_in_no_pool_with_something_older(make: Callable[[], object]) -> None:
    older = [make() for _ in range(MANY)]
    del older[::2]
    gaps.fill()
    newer = [make() for _ in range(MANY // 10)]
    shared = {id(each) // gaps.POOL for each in older}
    astray = [each for each in newer if id(each) // gaps.POOL in shared]
    assert len(astray) < len(newer) / 10  # what was freed by the way


def test_filling_again_takes_no_more() -> None:
    gaps.fill()
    before = sum(map(len, gaps._filling))
    gaps.fill()
    assert sum(map(len, gaps._filling)) < 2 * before


def test_with_an_allocator_that_has_no_pools_it_ends_and_keeps_little() -> None:
    asked = "from config import gaps; gaps.fill(); print(sum(map(len, gaps._filling)))"
    command = [sys.executable, "-c", asked]
    environment = {**os.environ, "PYTHONMALLOC": "malloc"}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert int(told.stdout) < 20_000
