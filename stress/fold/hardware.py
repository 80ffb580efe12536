"""A run's GPUs, host and engine as read last, their recent past, and what follows."""

import math
from collections import deque

import msgspec

from stress.events import AnyReading, Engine, Event, Gpu, Host, Pulse, Source
from stress.fold.energy import EnergyMeter
from stress.fold.gpu_strip import GpuStrip
from stress.fold.gpu_totals import GpuSummary, GpuTotals
from stress.fold.snapshot import About
from stress.limits.outage import Outage
from stress.limits.tracker import SETTLED_S, BottleneckTracker
from stress.readings import STALE_S, ClientReading, EngineReading, GpuReading, SourceName

HISTORY_KEPT = 240
_NAMES: dict[type[Event], SourceName] = {Gpu: "gpus", Host: "host", Engine: "engine"}


class Freshness:
    """Remembers when each source spoke last: one that hangs must not pass for one that stands still."""

    def __init__(self) -> None:
        self._heard: dict[SourceName, float] = {}

    def add(self, event: AnyReading) -> None:
        """A source was announced or gave a reading."""
        if isinstance(event, Source):
            if event.origin is None:
                self._heard.pop(event.name, None)
            else:
                self._heard.setdefault(event.name, event.t)
        else:
            self._heard[_NAMES[type(event)]] = event.t

    def stale(self, now: float) -> dict[SourceName, float]:
        """The sources that have given nothing for too long, and for how many seconds."""
        ages = {name: now - heard for name, heard in self._heard.items()}
        return {name: round(age, 1) for name, age in ages.items() if age > STALE_S}


class HardwareState:
    """The part of the fold that takes in readings."""

    def __init__(self, about: About, outage: Outage) -> None:
        self.host: Host | None = None
        self.host_history: deque[float] = deque(maxlen=HISTORY_KEPT)
        self.gpu_history: list[deque[float | None]] = []
        self.gpu_strips: list[GpuStrip] = []
        self.energy = EnergyMeter()
        self.bottleneck = BottleneckTracker(outage, about.work, slots=about.slots, tp=about.tp, remote=about.remote)
        self.freshness = Freshness()
        self._gpus: tuple[GpuReading, ...] = ()
        self._totals: list[GpuTotals] = []
        self._engine = EngineReading()
        self._cached: tuple[int, int] | None = None
        self._began: float | None = None
        self._loaded = False
        self._second = 0

    def begin(self, t: float) -> None:
        """The ramp begins: what comes from now on counts."""
        self._began, self._loaded = t, True
        self._totals = []
        self.energy.begin(t)

    def drain(self) -> None:
        """The load ends: means and verdicts are of the time before; energy goes on to the end."""
        self._loaded = False
        self.bottleneck.conclude()

    def add(self, event: AnyReading) -> None:
        """A reading, or where it will come from."""
        self.freshness.add(event)
        if isinstance(event, Source):
            return
        self.bottleneck.add(event)
        if isinstance(event, Gpu):
            self._gpu(event)
        elif isinstance(event, Host):
            self.host = event
            self.host_history.append(sum(event.cores) / max(1, len(event.cores)))
        else:
            self._engine = event.reading
            if (count := event.reading.cached_tokens) is not None:
                before = count if self._cached is None or self._began is None else self._cached[0]
                self._cached = before, count

    def _gpu(self, event: Gpu) -> None:
        # The samples stand in the event; once more in each of the record's samples they would double it.
        self._gpus = tuple(msgspec.structs.replace(gpu, util_samples=None) for gpu in event.gpus)
        self.energy.add(event)
        for place, gpu in enumerate(event.gpus):
            if place >= len(self.gpu_history):
                self.gpu_history.append(deque(maxlen=HISTORY_KEPT))
                self.gpu_strips.append(GpuStrip())
            self.gpu_history[place].append(gpu.util)
            self.gpu_strips[place].add(event.t, gpu.util, gpu.util_samples)
            if place >= len(self._totals):
                self._totals.append(GpuTotals(gpu))
            if self._loaded or self._began is None:
                self._totals[place].add(gpu)

    def pulse(
        self, pulse: Pulse, agents: int, in_flight: int, client: ClientReading, seconds: dict[int, tuple[int, float]]
    ) -> None:
        """A worker's pulse; once in a whole second, the verdict on the seconds before."""
        self.bottleneck.add_pulse(pulse, agents, in_flight, client)
        second = math.floor(pulse.t)
        if second == self._second or self._began is None or not self._loaded:
            return
        self._second = second
        if pulse.t >= self._began + SETTLED_S:
            self.bottleneck.look(pulse.t, client, seconds)

    def gpus(self, now: float) -> tuple[GpuReading, ...]:
        """The GPUs as read last; once that is out of date, only what does not change about them."""
        if "gpus" not in self.freshness.stale(now):
            return self._gpus
        return tuple(
            GpuReading(index=gpu.index, name=gpu.name, host=gpu.host, mem_total=gpu.mem_total, engine=gpu.engine)
            for gpu in self._gpus
        )

    def engine(self, now: float) -> EngineReading:
        """The engine's own view; once that is out of date, nothing."""
        return EngineReading() if "engine" in self.freshness.stale(now) else self._engine

    @property
    def cached_tokens(self) -> int | None:
        """Prompt tokens that the engine has found in its prefix cache since the ramp began; None: it does not say."""
        return None if self._cached is None or self._cached[1] < self._cached[0] else self._cached[1] - self._cached[0]

    def gpu_summaries(self) -> tuple[GpuSummary, ...]:
        """Each GPU over the run."""
        return tuple(totals.summary(self.energy.of(place)) for place, totals in enumerate(self._totals))
