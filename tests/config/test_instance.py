"""What runs a copy of the site."""

import signal

import pytest

from config.instance import interrupt_at_signals

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize("first", SIGNALS)
def test_ctrl_c_and_its_like_interrupt_once_and_not_what_stops_the_rest(
    first: signal.Signals,
) -> None:
    before = {each: signal.getsignal(each) for each in SIGNALS}
    try:
        interrupt_at_signals()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(first)
        for each in SIGNALS:
            signal.raise_signal(each)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler or signal.SIG_DFL)
