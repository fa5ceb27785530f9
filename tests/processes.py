"""Programs that tests start beside themselves."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from config.instance import Process, stop


@contextmanager
def started(*command: str, **options: Any) -> Iterator[Process]:
    """Run a program until the block ends, however it ends, and with it all that it started: what
    Python's packages install as `node` is a process that waits for another.

    `options` are those of subprocess.Popen.
    """
    with subprocess.Popen(command, text=True, start_new_session=True, **options) as process:
        try:
            yield process
        finally:
            stop(process)
