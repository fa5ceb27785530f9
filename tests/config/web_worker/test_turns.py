"""How workers share connections out."""

from config.web_worker.turns import PATIENCE_SECONDS, Counts, Turn


def test_the_next_connection_is_for_the_worker_that_has_fewest() -> None:
    counts = Counts()
    one, other = Turn(counts, 0), Turn(counts, 1)
    one.note(3)
    other.note(2)
    assert not one.is_mine(3, now=1.0)
    assert other.is_mine(2, now=1.0)
    other.note(3)
    assert one.is_mine(3, now=1.0)


def test_of_a_worker_that_hangs_nobody_waits_for_long() -> None:
    counts = Counts()
    one, hanging = Turn(counts, 0), Turn(counts, 1)
    one.note(3)
    hanging.note(0)
    assert not one.is_mine(3, now=1.0)
    assert not one.is_mine(3, now=1.0 + PATIENCE_SECONDS / 2)
    assert one.is_mine(3, now=1.0 + PATIENCE_SECONDS)
    assert not one.is_mine(4, now=9.0)  # another connection, which the other one may take


def test_no_connection_is_left_to_a_worker_that_has_ended_or_stops() -> None:
    counts = Counts()
    one, stopping = Turn(counts, 0), Turn(counts, 1)
    one.note(3)
    stopping.note(0)
    stopping.leave()
    stopping.note(1)  # the last that the kernel had accepted
    assert one.is_mine(3, now=1.0)
