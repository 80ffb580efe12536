"""The terminal that the screen is drawn on, which may go away or stop reading: no screen outlives it.

Textual's own driver would then read an endless end of file, or wait for good to write its next frame, deaf to signals.
"""

import asyncio
import contextlib
import os
import queue
import select
import signal
from collections.abc import Callable, Iterator
from typing import Any

from textual.drivers.linux_driver import LinuxDriver

from stress.view.lost_terminal import hung_up, let_go

LOOK_S = 0.2
STUCK_S = 1.0
"""A terminal that takes nothing for so long holds up nobody who was told to end."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Leaving:
    """Whether a signal has told the screen to end."""

    asked = False

    @contextlib.contextmanager
    def on_signals(self) -> Iterator[None]:
        """Each of them tells it, after doing what it did before; a signal that would have ended us only tells it."""

        def leave(number: int, frame: Any) -> None:
            self.asked = True
            if callable(handler := before[signal.Signals(number)]) and handler is not signal.default_int_handler:
                handler(number, frame)

        before = {number: signal.getsignal(number) for number in SIGNALS}
        for number in SIGNALS:
            signal.signal(number, leave)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class Output:
    """The terminal as a file: unbuffered, so that no lock of Python's waits with it for one that reads nothing."""

    def __init__(self) -> None:
        self._fd = os.dup(2)

    def write(self, text: str) -> None:
        """Write it all; to a lost terminal, nothing."""
        data = text.encode("utf-8", "replace")
        with contextlib.suppress(OSError):
            while data:
                try:
                    data = data[os.write(self._fd, data) :]
                except BlockingIOError:
                    select.select([], [self._fd], [], STUCK_S)

    def flush(self) -> None:
        """There is nothing to flush."""

    def fileno(self) -> int:
        """The terminal."""
        return self._fd


class TerminalDriver(LinuxDriver):
    """Textual's driver, which ends the screen when its terminal is gone, or when a signal says so."""

    def __init__(self, app: Any, *, leaving: Leaving, finished: Callable[[], bool], **settings: Any) -> None:
        """As Textual's.

        Args:
            app: the screen.
            leaving: whether it is to end.
            finished: what it shows is over: it may end.
            settings: see Textual.
        """
        super().__init__(app, **settings)
        self._file: Any = Output()
        self._leaving = leaving
        self._finished = finished
        self._gone = False
        self._look_again: asyncio.TimerHandle | None = None

    def start_application_mode(self) -> None:
        """As Textual's; from now on the terminal is watched."""
        super().start_application_mode()  # type: ignore[no-untyped-call] # Textual's
        self._look()

    def _look(self) -> None:
        if not self._gone and hung_up(self.fileno):
            self.exit_event.set()  # reading an end of file would take a whole core
            self._let_go()
            if not self._leaving.asked:
                signal.raise_signal(signal.SIGHUP)  # not every lost terminal sends one
        if self._leaving.asked and self._finished():
            self._app.exit()
            return
        self._look_again = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def run_input_thread(self) -> None:
        """As Textual's, to the terminal's end."""
        with contextlib.suppress(OSError):
            super().run_input_thread()

    def write(self, data: str) -> None:
        """Write it when the terminal has taken what came before; a screen that is to end waits a second at most."""
        thread = self._writer_thread
        while thread is not None and not self._gone:
            try:
                thread._queue.put(data, timeout=STUCK_S)  # noqa: SLF001 (its own `write` would wait for good)
            except queue.Full:
                if self._leaving.asked:
                    self._let_go()
            else:
                return

    def stop_application_mode(self) -> None:
        """As Textual's; the terminal is no longer watched."""
        if self._look_again is not None:
            self._look_again.cancel()
        super().stop_application_mode()

    def close(self) -> None:
        """Write what is left, if the terminal takes it."""
        thread = self._writer_thread
        if thread is None:
            return
        self.write(None)  # type: ignore[arg-type] # the thread's word for the end
        while not self._gone and thread.is_alive():
            thread.join(STUCK_S)
            if self._leaving.asked and thread.is_alive():
                self._let_go()

    def _let_go(self) -> None:
        self._gone = True
        let_go(of_all=True)
