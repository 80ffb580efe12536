"""Writes a run's events in a thread of its own, so that a slow disk delays nobody."""

import queue
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

from stress.events import Event, Trouble
from stress.runs.directory import RunDirectory

BEHIND_S = 2.0
"""A record that is so far behind what happens is a trouble."""
MOST_BATCHES = 600
"""So many calls of `append` may wait for the disk, a minute of a run's; then the run waits too."""


class Recorder:
    """Takes events for a run's directory, and has them written in their order."""

    def __init__(self, directory: RunDirectory, clock: Callable[[], float] = time.monotonic) -> None:
        self._directory = directory
        self._clock = clock
        self._batches: queue.Queue[tuple[float, Iterable[Event]] | None] = queue.Queue(MOST_BATCHES)
        self._oldest: float | None = None
        """When the batch that is being written was handed in; None: all is written."""
        self._announced = False
        self._error: Exception | None = None
        # A daemon: a disk that never answers must not keep a program from being ended.
        self._thread = threading.Thread(target=self._write, name="recorder", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def append(self, events: Iterable[Event]) -> None:
        """Have these events written, after all earlier ones.

        Raises:
            StressError: the disk did not take what came before.
        """
        if self._error is not None:
            raise self._error
        self._batches.put((self._clock(), events))

    def trouble(self, t: float) -> Trouble | None:
        """What there is to report at second `t` of the run: the record is behind. Once, until it has caught up."""
        oldest = self._oldest  # the thread may change it meanwhile
        if oldest is None:
            self._announced = False
            return None
        behind = self._clock() - oldest
        if self._announced or behind < BEHIND_S:
            return None
        self._announced = True
        detail = f"the disk is slow: the record is {behind:.0f} s behind, and the run ends when all of it is written"
        return Trouble(t=t, name="slow_disk", detail=detail)

    def close(self) -> None:
        """Wait until everything is written.

        Raises:
            StressError: the disk did not take it.
        """
        self._batches.put(None)
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _write(self) -> None:
        while (batch := self._batches.get()) is not None:
            self._oldest, events = batch
            try:
                self._directory.append(events)
            except Exception as error:  # raised again where the run sees it
                self._error = error
                with suppress(queue.Empty):
                    while True:  # who waits for room need not
                        self._batches.get_nowait()
                return
            if self._batches.empty():
                self._oldest = None
