"""Reads the machine and the engine at a steady pace, in threads of its own: a reader that hangs delays nobody."""

import threading
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from urllib.error import URLError

from stress.engines.metrics import Counters, read_metrics
from stress.events import Engine, Event, Gpu
from stress.telemetry.host import read_host
from stress.telemetry.nvml import Nvml, open_nvml

MACHINE_PERIOD_S = 0.5
ENGINE_PERIOD_S = 1.0
LARGEST_PAGE = 4 << 20


class Sampler(threading.Thread):
    """Calls `read` every `period` seconds and passes on what it gives, until it is stopped."""

    def __init__(
        self, name: str, period: float, read: Callable[[], list[Event]], emit: Callable[[Event], None]
    ) -> None:
        """`emit` is called in this thread."""
        super().__init__(name=name, daemon=True)
        self._period = period
        self._read = read
        self._emit = emit
        self._stopped = threading.Event()

    def run(self) -> None:
        """Sample until stopped."""
        while not self._stopped.is_set():
            for event in self._read():
                self._emit(event)
            self._stopped.wait(self._period)

    def stop(self) -> None:
        """Sample no more; a reading under way is left to end by itself."""
        self._stopped.set()


class MachineReader:
    """The GPUs where there are any, and the host."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now` gives the seconds since the run's start."""
        self._now = now
        self._gpus: Nvml | None = None
        self._looked = False

    def read(self) -> list[Event]:
        """A reading of the host, and of the GPUs."""
        if not self._looked:  # here rather than at the start: loading a driver's library takes its time
            self._gpus, self._looked = open_nvml(), True
        events: list[Event] = [read_host(self._now())]
        if self._gpus is not None:
            events.append(Gpu(t=self._now(), gpus=self._gpus.read()))
        return events


class MetricsReader:
    """The engine's own view, from its Prometheus page."""

    def __init__(self, base_url: str, now: Callable[[], float]) -> None:
        """`base_url` is that of the API; the page is `/metrics` beside its `/v1`."""
        self._url = base_url.removesuffix("/v1") + "/metrics"
        self._now = now
        self._counters: Counters | None = None

    def read(self) -> list[Event]:
        """A reading, or nothing where the engine has no such page or does not answer in time."""
        with suppress(URLError, HTTPException, OSError, ValueError):
            with urllib.request.urlopen(self._url, timeout=2) as page:  # noqa: S310 (checked: http or https)
                text = page.read(LARGEST_PAGE).decode("utf-8", "replace")
            now = self._now()
            reading, self._counters = read_metrics(text, self._counters, now)
            return [Engine(t=now, reading=reading)]
        return []

    def read_last(self) -> list[Event]:
        """The reading at the run's end, so that the record has the engine's own count of all tokens.

        It comes too soon after the one before to have rates.
        """
        if self._counters is None:
            return []
        self._counters = None
        return self.read()
