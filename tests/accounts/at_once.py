"""Several requests at the same moment, and at the same statement of the database."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

_PATIENCE = 1.0  # seconds that one waits for the others: it waits in vain where a lock holds them


def meet_before(statements: tuple[str, ...], *steps: Callable[[], Any]) -> list[Any]:
    """Take each step in a thread of its own; return what they return.

    Each stops before the first SQL that begins with one of `statements`, until all have come as
    far: so whatever is not held back by a lock has decided by then, and none has done it.
    """
    everybody = threading.Barrier(len(steps))

    def take(step: Callable[[], Any]) -> Any:
        waits = [everybody]

        def stop(execute: Any, sql: str, *rest: Any) -> Any:
            if sql.startswith(statements) and waits:
                _wait(waits.pop())
            return execute(sql, *rest)

        try:
            with connection.execute_wrapper(stop):
                return step()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(take, steps))


def _wait(barrier: threading.Barrier) -> None:
    try:
        barrier.wait(_PATIENCE)
    except threading.BrokenBarrierError:
        return


@contextlib.contextmanager
def just_before(statement: str, act: Callable[[], Any]) -> Iterator[None]:
    """Do `act` once, right before the first statement to the database that has `statement` in it.

    As another request could that the database serves first; what `act` raises, the database does.
    """
    done = False

    def wrapper(execute: Any, sql: str, *arguments: Any) -> Any:
        nonlocal done
        if statement in sql and not done:
            done = True
            act()
        return execute(sql, *arguments)

    with connection.execute_wrapper(wrapper):
        yield
    assert done, f"no statement has {statement} in it"
