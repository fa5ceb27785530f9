"""What tests start ends with them."""

import subprocess
import time
from pathlib import Path

import pytest

from tests.processes import started

SECONDS = 10


def is_running(pid: str) -> bool:
    """Return whether it is there, and not merely waiting to be collected."""
    stat = Path("/proc", pid, "stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("fault", [None, ValueError])
def test_what_a_program_started_ends_with_it(fault: type[Exception] | None) -> None:
    wrapper = "sleep 600 & echo $!; wait"
    try:
        with started("bash", "-c", wrapper, stdout=subprocess.PIPE) as process:
            assert process.stdout
            child = process.stdout.readline().strip()
            assert is_running(child)
            if fault:
                raise fault
    except ValueError:
        pass
    deadline = time.monotonic() + SECONDS
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(child)
