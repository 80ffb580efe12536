import signal

import pytest

from stress.cli.signals import SIGNALS, draining, first_interrupts, on_signals


class Run:
    """A run that keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def control(self, control) -> None:
        self.asked.append(control.name)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_first_signal_drains_a_run_and_a_second_one_stops_it(number):
    run = Run()
    with draining(run) as interrupted:
        assert not interrupted()
        signal.raise_signal(number)
        assert interrupted()
        signal.raise_signal(number)
    assert run.asked == ["drain", "stop"]


def test_a_second_signal_does_not_break_off_the_stopping():
    stopped = []
    with first_interrupts():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        stopped.append(True)
    assert stopped


def test_afterwards_signals_do_what_they_did_before():
    before = [signal.getsignal(number) for number in SIGNALS]
    with on_signals(lambda: None):
        assert signal.getsignal(signal.SIGINT) is not before[0]
    assert [signal.getsignal(number) for number in SIGNALS] == before
