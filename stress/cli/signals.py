"""What SIGINT, SIGTERM and SIGHUP do while a command works; afterwards they do what they did before."""

import contextlib
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from stress.runs.handle import Control, RunHandle
from stress.view.lost_terminal import let_go

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 130
"""INTERFACE.md's exit status of a command that a signal ended early."""


@contextlib.contextmanager
def on_signals(react: Callable[[], None]) -> Iterator[None]:
    """Each of them calls this function, in the main thread; what a lost terminal would have shown goes nowhere."""

    def heard(number: int, _: object) -> None:
        if number == signal.SIGHUP:
            let_go()
        react()

    before = {number: signal.signal(number, heard) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def draining(run: RunHandle) -> Iterator[Callable[[], bool]]:
    """The first one drains the run, a second one stops it; yields a function that says whether there was one."""
    asked = False

    def end() -> None:
        nonlocal asked
        run.control(Control("stop" if asked else "drain"))
        asked = True

    with on_signals(end):
        yield lambda: asked


def first_interrupts() -> AbstractContextManager[None]:
    """The first one raises KeyboardInterrupt; a second one does nothing, so that it can't break off the stopping."""
    asked = False

    def interrupt() -> None:
        nonlocal asked
        if not asked:
            asked = True
            raise KeyboardInterrupt

    return on_signals(interrupt)
