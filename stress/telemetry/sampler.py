"""Reads the machine and the engine at a steady pace, in threads of its own: a reader that hangs delays nobody."""

import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

from stress.engines.adapter import Adapter, Question
from stress.engines.identify import ask_one
from stress.engines.metrics import Counters, read_metrics
from stress.events import Engine, Event, Gpu
from stress.telemetry.host import read_host
from stress.telemetry.nvml import Nvml, open_nvml

MACHINE_PERIOD_S = 0.5
ENGINE_PERIOD_S = 1.0


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

    def __init__(
        self, base_url: str, adapter: Adapter | None, now: Callable[[], float], api_key: str | None = None
    ) -> None:
        """`base_url` is that of the API; the page lies beside its `/v1`. `adapter` is null for an unknown engine."""
        self._root = base_url.removesuffix("/v1")
        self._question = Question(adapter.metrics_path if adapter else "/metrics")
        self._api_key = api_key
        self._names = adapter.metrics if adapter else None
        self._has_page = adapter is None or adapter.metrics is not None
        self._now = now
        self._counters: Counters | None = None

    def read(self) -> list[Event]:
        """A reading, or nothing where the engine has no such page or does not answer in time."""
        if not self._has_page:
            return []
        page = ask_one(self._root, self._api_key, None, self._question)
        if page.status != HTTPStatus.OK:
            return []
        now = self._now()
        with suppress(ValueError):
            reading, self._counters = read_metrics(page.text, self._counters, now, self._names)
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
