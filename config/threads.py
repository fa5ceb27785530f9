"""Handle connections in threads."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

from config.connection import Connection


class Threads:
    """Handle as concurrent.futures would, without a future for each: half of what it costs."""

    def __init__(self, number: int, handle: Callable[[Connection], None]) -> None:
        self._waiting: SimpleQueue[Connection | None] = SimpleQueue()
        self._handle = handle
        self._number = number
        for _ in range(number):
            threading.Thread(target=self._run, daemon=True).start()

    def give(self, conn: Connection) -> None:
        self._waiting.put(conn)

    def shutdown(self, wait: bool = True) -> None:
        """Take no more; who is being answered is not waited for."""
        for _ in range(self._number):
            self._waiting.put(None)

    def _run(self) -> None:
        while (conn := self._waiting.get()) is not None:
            self._handle(conn)
