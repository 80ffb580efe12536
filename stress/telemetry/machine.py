"""The GPUs and the host as the run's events, and where GPUs are read."""

from collections.abc import Callable, Collection
from typing import Protocol

import msgspec
import psutil

from stress.events import Event, Gpu, Host, Source, Trouble
from stress.readings import GpuReading
from stress.telemetry.machine_gpu import LocalGpus


class GpuSource(Protocol):
    """Where readings of GPUs come from. Its methods may take their time: they are called in a thread of their own."""

    @property
    def origin(self) -> str:
        """What it is, for people: `NVML`, or an exporter's address."""

    def read(self) -> tuple[GpuReading, ...]:
        """A reading of every GPU, always in the same order. What cannot be read is None; it raises nothing."""


def local_gpus() -> LocalGpus | None:
    """The GPUs of this machine, NVIDIA's before AMD's; None where there is no driver or no GPU."""
    from stress.telemetry.amd import open_amd
    from stress.telemetry.nvml import open_nvml

    return open_nvml() or open_amd()


class GpuReader:
    """Reads the GPUs, reports where they are read, marks those of the engine, and reports when one is lost."""

    def __init__(
        self,
        open_source: Callable[[], GpuSource | None],
        now: Callable[[], float],
        owned: Callable[[GpuSource], Collection[int] | None] | None = None,
    ) -> None:
        """Nothing is opened yet: loading a driver's library takes its time, and may hang.

        Args:
            open_source: returns the GPUs; None where there are none.
            now: seconds since the run's start.
            owned: the places of the GPUs that the engine computes on; None: not known.
        """
        self._open = open_source
        self._now = now
        self._owned = owned
        self._source: GpuSource | None = None
        self._looked = False
        self._lost: set[int] = set()

    def read(self) -> list[Event]:
        """A reading of every GPU; nothing where there are none."""
        events: list[Event] = []
        if not self._looked:
            self._source, self._looked = self._open(), True
            events.append(Source(t=self._now(), name="gpus", origin=self._source.origin if self._source else None))
        if self._source is None:
            return events
        readings = self._source.read()
        owned = self._owned(self._source) if self._owned is not None else None
        if owned is not None:
            readings = tuple(msgspec.structs.replace(gpu, engine=place in owned) for place, gpu in enumerate(readings))
        t = self._now()
        events.append(Gpu(t=t, gpus=readings))
        return [*events, *self._newly_lost(t, readings)]

    def _newly_lost(self, t: float, readings: tuple[GpuReading, ...]) -> list[Event]:
        lost = {place for place, gpu in enumerate(readings) if gpu.lost is not None}
        new, self._lost = lost - self._lost, lost
        return [Trouble(t=t, name="gpu_lost", detail=_sentence(readings[place])) for place in sorted(new)]


def _sentence(gpu: GpuReading) -> str:
    where = f" of {gpu.host}" if gpu.host else ""
    return f"GPU {gpu.index}{where} ({gpu.name}) no longer answers: {gpu.lost}"


class CpuSource(Protocol):
    """Who knows what the engine uses of the CPU."""

    def cpu(self) -> tuple[float | None, float | None]:
        """Cores that its processes use together, and that the busiest uses; None: not known."""


class HostReader:
    """Reads this machine's cores and memory, and what the engine's processes use, here or where they run."""

    def __init__(self, now: Callable[[], float], engine: CpuSource | None = None) -> None:
        """`now`: seconds since the run's start. `engine`: None where that is not known."""
        self._now = now
        self._engine = engine

    def read(self) -> list[Event]:
        """The host's one event."""
        return [self.load()]

    def load(self) -> Host:
        """Each core's load since the last call, and the memory."""
        memory = psutil.virtual_memory()
        cores = tuple(psutil.cpu_percent(percpu=True))
        together, busiest = self._engine.cpu() if self._engine is not None else (None, None)
        return Host(
            t=self._now(),
            cores=cores,
            mem_used=memory.total - memory.available,
            mem_total=memory.total,
            engine_cpu=together,
            engine_cpu_busiest=busiest,
        )
