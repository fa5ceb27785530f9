"""Run the cleanup now and then once a day, until SIGTERM: `python -m config.daily`.

For where no cron and no timer of systemd does it, such as beside containers. Each run is a process
of its own, so that what it takes is given back; one that fails is tried again within the hour.
"""

import signal
import subprocess
import sys
import threading
from collections.abc import Sequence

from config.instance import BASE_DIR

DAY = 24 * 60 * 60.0
SOON = 60 * 60.0
CLEANUP = (sys.executable, str(BASE_DIR / "manage.py"), "cleartokens")


def repeat(
    command: Sequence[str], stopping: threading.Event, day: float = DAY, soon: float = SOON
) -> None:
    """Run `command` every `day` seconds, and `soon` after it failed, until `stopping` is set."""
    while not stopping.is_set():
        done = subprocess.run(command, check=False)  # noqa: S603 (our own command)
        stopping.wait(soon if done.returncode else day)


def main() -> None:
    stopping = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopping.set())
    repeat(CLEANUP, stopping)


if __name__ == "__main__":
    main()
