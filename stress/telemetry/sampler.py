"""Reads something at a steady pace, in a thread of its own: a reading that hangs delays nothing else."""

import threading
import time
from collections.abc import Callable

from stress.events import Event, Trouble


class Sampler(threading.Thread):
    """Calls `read` every `period` seconds and passes on what it returns, until it is stopped."""

    def __init__(
        self,
        name: str,
        period: float,
        read: Callable[[], list[Event]],
        emit: Callable[[Event], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`emit` is called in this thread; `now` is the run's clock, in seconds."""
        super().__init__(name=name, daemon=True)
        self._period = period
        self._read = read
        self._emit = emit
        self._now = now
        self._stopped = threading.Event()
        self._reported = False

    def run(self) -> None:
        """Sample until stopped. A failed reading is reported once: telemetry never ends a run."""
        while not self._stopped.is_set():
            began = self._now()
            try:
                for event in self._read():
                    self._emit(event)
            except Exception as error:  # a library that is not what it was: the run does not depend on it
                if not self._reported:
                    self._reported = True
                    detail = f"{self.name} can't be read ({type(error).__name__}: {error})"
                    self._emit(Trouble(t=self._now(), name="telemetry", detail=detail))
            self._stopped.wait(max(0.0, self._period - (self._now() - began)))

    def stop(self) -> None:
        """Sample no more; a reading under way is left to end."""
        self._stopped.set()
