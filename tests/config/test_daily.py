"""`python -m config.daily`: the cleanup, again and again, where no cron is."""

import sys
import threading
import time
from pathlib import Path

from config.daily import CLEANUP, DAY, repeat

SOON = 0.01


def times(file: Path, status: int, *, day: float, soon: float, enough: int) -> int:
    """How often a command that ends with `status` has run when it has run `enough` times, or after
    a while."""
    note = f"open({str(file)!r}, 'a').write('x'); raise SystemExit({status})"
    stopping = threading.Event()
    command = (sys.executable, "-S", "-c", note)
    thread = threading.Thread(target=repeat, args=(command, stopping, day, soon))
    thread.start()
    until = time.monotonic() + 20
    while len(file.read_text() if file.exists() else "") < enough and time.monotonic() < until:
        time.sleep(0.01)
    stopping.set()
    thread.join()
    return len(file.read_text())


def test_it_runs_at_once_and_again_after_a_day(tmp_path: Path) -> None:
    assert times(tmp_path / "a", 0, day=SOON, soon=DAY, enough=2) >= 2


def test_one_that_failed_runs_again_sooner(tmp_path: Path) -> None:
    assert times(tmp_path / "a", 1, day=DAY, soon=SOON, enough=2) >= 2


def test_one_that_worked_does_not(tmp_path: Path) -> None:
    assert times(tmp_path / "a", 0, day=DAY, soon=SOON, enough=1) == 1


def test_what_runs_is_the_cleanup() -> None:
    assert CLEANUP[-1] == "cleartokens"
