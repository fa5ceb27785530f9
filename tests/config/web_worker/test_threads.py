"""Threads that answer requests, some of which wait for somebody else."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from threading import Barrier, Event, active_count, current_thread
from typing import Any

import pytest

from accounts.network import waiting
from accounts.network.waiting import TooManyWait, waiting_anyway, waiting_for
from config.web_worker.threads import Threads

SECONDS = 60  # after which something hangs
NUMBER, MOST_AWAY = 2, 4


@pytest.fixture
def threads() -> Iterator[Threads]:
    made = Threads(NUMBER, lambda work: work(), most_away=MOST_AWAY)
    waiting.take_place(made.away_for)
    yield made
    waiting.take_place(waiting.stay)
    made.shutdown()


def submit(threads: Threads, work: Callable[..., Any], *given: Any) -> Future[Any]:
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(work(*given))
        except (ValueError, OSError, TooManyWait) as error:
            future.set_exception(error)

    threads.give(run)
    return future


class Slow:
    """Somebody else, who answers when told to."""

    def __init__(self, host: str = "slow.example") -> None:
        self.host = host
        self.asked = Event()
        self.answer = Event()

    def __call__(self) -> str:
        with waiting_for(self.host):
            self.asked.set()
            assert self.answer.wait(SECONDS)
        return "answered"


def stall(threads: Threads, number: int, host: str = "slow.example") -> list[tuple[Slow, Any]]:
    stalled = []
    for _ in range(number):
        slow = Slow(host)
        stalled.append((slow, submit(threads, slow)))
        assert slow.asked.wait(SECONDS)
    return stalled


def let_go(stalled: list[tuple[Slow, Any]]) -> None:
    for slow, future in stalled:
        slow.answer.set()
        assert future.result(SECONDS) == "answered"


def test_work_is_done_by_as_many_threads_as_there_are(threads: Threads) -> None:
    met = Barrier(NUMBER)
    both = [submit(threads, met.wait, SECONDS) for _ in range(NUMBER)]
    assert {future.result(SECONDS) for future in both} == {0, 1}

    names: list[Future[Any]] = [submit(threads, current_thread) for _ in range(50)]
    assert len({future.result(SECONDS) for future in names}) <= NUMBER


def test_those_that_wait_hold_nobody(threads: Threads) -> None:
    stalled = stall(threads, NUMBER)
    assert threads.away == NUMBER
    assert submit(threads, int, "1").result(SECONDS) == 1
    let_go(stalled)
    assert threads.away == 0


def test_what_was_there_before_they_waited_is_done_too(threads: Threads) -> None:
    begin = Event()

    def wait_later() -> None:
        begin.wait(SECONDS)
        stalled()

    stalled = Slow()
    held = submit(threads, begin.wait, SECONDS)
    waits = submit(threads, wait_later)
    behind = submit(threads, int, "1")
    begin.set()
    assert behind.result(SECONDS) == 1
    stalled.answer.set()
    wait([held, waits], SECONDS)


def test_so_many_wait_for_one_host_and_more_for_another(threads: Threads) -> None:
    stalled = stall(threads, MOST_AWAY // 2)
    assert isinstance(submit(threads, Slow()).exception(SECONDS), TooManyWait)
    stalled += stall(threads, MOST_AWAY // 2, "another.example")
    assert isinstance(submit(threads, Slow("third.example")).exception(SECONDS), TooManyWait)
    assert submit(threads, int, "1").result(SECONDS) == 1
    let_go(stalled)
    let_go(stall(threads, 1))


def test_what_must_not_fail_waits_all_the_same(threads: Threads) -> None:
    stalled = stall(threads, MOST_AWAY // 2)

    def send() -> str:
        with waiting_anyway("slow.example"):
            return "sent"

    assert submit(threads, send).result(SECONDS) == "sent"
    let_go(stalled)


def test_waiting_within_a_wait_counts_once(threads: Threads) -> None:
    def nested() -> int:
        with waiting_for("slow.example"), waiting_for("slow.example"):
            return threads.away

    assert submit(threads, nested).result(SECONDS) == 1
    assert threads.away == 0


def test_a_wait_that_ends_in_an_error_is_over(threads: Threads) -> None:
    def fail() -> None:
        with waiting_for("slow.example"):
            raise OSError

    for _ in range(2 * MOST_AWAY):
        assert isinstance(submit(threads, fail).exception(SECONDS), OSError)
    assert threads.away == 0


def test_threads_that_are_too_many_end(threads: Threads) -> None:
    before = active_count()
    for _ in range(3):
        stalled = stall(threads, MOST_AWAY // 2)
        assert submit(threads, int, "1").result(SECONDS) == 1
        let_go(stalled)
    met = Barrier(NUMBER)
    wait([submit(threads, met.wait, SECONDS) for _ in range(NUMBER)], SECONDS)
    eventually(lambda: active_count() <= before + NUMBER)


def test_a_thread_that_is_none_of_these_waits_as_ever(threads: Threads) -> None:
    with waiting_for("slow.example"):
        assert threads.away == 0


def test_the_last_work_is_done_before_the_end(threads: Threads) -> None:
    futures = [submit(threads, int, "1") for _ in range(9)]
    threads.shutdown()
    assert [future.result(SECONDS) for future in futures] == [1] * 9


def eventually(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        Event().wait(0.02)
    assert holds()
