"""What processes cost, as the bench reads it."""

import os
import subprocess
import sys

from bench import processes


def test_a_process_is_counted_with_all_below_it() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert {os.getpid(), child.pid} <= set(processes.tree(os.getpid()))
        assert processes.megabytes(os.getpid()) > processes.megabytes(child.pid) > 0
    finally:
        child.communicate()
    assert child.pid not in processes.tree(os.getpid())


def test_time_of_children_that_have_ended_stays() -> None:
    before = processes.cpu_seconds(os.getpid())
    burn = "import time\nwhile time.process_time() < 0.1: pass"
    subprocess.run([sys.executable, "-c", burn], check=True)
    assert processes.cpu_seconds(os.getpid()) - before > 0.09  # hundredths, as floats
