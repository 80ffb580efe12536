"""What ends a screen from outside: a signal, or the loss of its terminal."""

import os
import signal
import sys
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Outside:
    """Hears these signals beside whoever heard them before, so that a screen never waits for a viewer who has gone."""

    def __init__(self) -> None:
        self.told = False
        """A signal has come."""
        self._before: dict[int, Any] = {}

    def listen(self) -> None:
        """From now on; call it in the main thread."""
        self._before = {number: signal.signal(number, self._hear) for number in SIGNALS}

    def leave(self) -> None:
        """Everything as it was before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    @property
    def gone(self) -> bool:
        """Nobody is there any more to press a key: a signal has come, or the terminal is closed."""
        return self.told or (bool(self._before) and not _terminal_is_there())

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.told = True
        before = self._before.get(number)
        if callable(before) and before is not signal.default_int_handler:
            before(number, frame)


def _terminal_is_there() -> bool:
    """A closed one does not answer; the screen draws on stderr."""
    return sys.__stderr__ is not None and os.isatty(sys.__stderr__.fileno())
