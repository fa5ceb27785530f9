"""Let a process sleep whose clock libfaketime has set: with version 0.9.10, sleeping until a moment
of the monotonic clock, as Python does, is an error. Waiting for something that never comes is not.

Python imports this by itself where this folder is in PYTHONPATH.
"""

import threading
import time


def sleep(seconds: float) -> None:
    threading.Event().wait(seconds)


time.sleep = sleep
