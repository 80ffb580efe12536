"""What a window of events tells of the GPUs, the engine and the client: the evidence for what limits the run."""

import itertools
import math
import statistics
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from stress.events import Engine, Gpu, Host, Pulse
from stress.readings import ClientReading, GpuReading, SlowdownName, engine_gpus

EVIDENCE_S = 5.0
"""Long enough for ten readings of the GPUs and five of the engine, short enough to follow a ramp."""
SILENT_S = 4.5
"""An engine that sends no token for so long, of a window, stands still."""
IDLE, WORKING = 2.0, 10.0
"""Percent of utilisation: below the first a GPU did nothing, from the second on one surely worked."""
HALF = (0.4, 0.6)
"""Seconds with this share of the present agents count as those with half as many."""

_E = TypeVar("_E", Gpu, Engine, Host)


class GpuLoad(msgspec.Struct, frozen=True, kw_only=True):
    """Means over the engine's GPUs and the window, in percent; null: not read."""

    count: int
    """GPUs that the engine computes on."""
    util: float | None = None
    util_sum: float | None = None
    """Of all GPUs together: 100 is one of them busy all the time."""
    util_max: float | None = None
    """Of the busiest GPU."""
    util_min: float | None = None
    """Of the least busy one."""
    sm: float | None = None
    tensor: float | None = None
    dram: float | None = None
    power: float | None = None
    """Of the power limit."""
    clock: float | None = None
    """Of the highest SM clock."""
    nvlink_mib_s: float | None = None
    """Sent, a mean GPU."""
    pcie_mib_s: float | None = None
    slowdowns: dict[SlowdownName, float] = {}
    """The share of readings (of 1) in which each reason slowed a GPU down."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Means over the last `EVIDENCE_S` seconds; null: not read."""

    agents: float = 0.0
    in_flight: float = 0.0
    tok_s: float = 0.0
    gpus: GpuLoad | None = None
    """Null: no GPU is seen."""
    gpus_silent: bool = False
    """There are GPUs, and none of them can be read at this moment."""
    running: float | None = None
    waiting: float | None = None
    kv_usage: float | None = None
    """A share of 1, the highest."""
    preemptions: int | None = None
    """In this window."""
    slots: int | None = None
    """Requests that the engine answers at the same time."""
    tp: int | None = None
    """GPUs that share each layer, where the engine's launch says so."""
    engine_cpu: float | None = None
    """Cores that its busiest process uses."""
    engine_share: float | None = None
    """Of all cores of its machine (of 1), what its processes use together; null: the machine is not seen."""
    remote: bool = False
    """The server is on another machine."""
    client_limited: float = 0.0
    """The share of the window (of 1) in which the client was the limit."""
    client: ClientReading = ClientReading()
    replies: int = 0
    """In this window."""
    failures: int = 0
    """Requests that failed in this window."""
    gen_tok_s: float | None = None
    """Output tokens a second by the engine's own count."""
    silent: bool = False
    """The whole window long requests were in flight, and not one token came."""
    growth: float | None = None
    """Output tokens a second, over those with half as many agents: 2 is twice as many."""
    memory_share: float | None = None
    """Of a decode step's time, what reading its bytes takes at the memory's full bandwidth (the roofline's)."""
    compute_share: float | None = None
    """Likewise its arithmetic at the full rate."""


class EvidenceWindow:
    """Keeps the events of the last seconds."""

    def __init__(self) -> None:
        self._gpus: deque[Gpu] = deque()
        self._engine: deque[Engine] = deque()
        self._host: deque[Host] = deque()
        self._load: deque[tuple[float, float, float, float, float, bool]] = deque()
        self._ended: deque[tuple[float, bool]] = deque()
        self._pulsed_at: float | None = None
        self._gpus_seen = False

    def add(self, event: Gpu | Engine | Host) -> None:
        """A reading."""
        if isinstance(event, Gpu):
            _keep(self._gpus, event)
            self._gpus_seen = self._gpus_seen or bool(engine_gpus(event.gpus))
        elif isinstance(event, Engine):
            _keep(self._engine, event)
        else:
            _keep(self._host, event)

    def add_request(self, t: float, failed: bool) -> None:
        """A request has ended."""
        self._ended.append((t, failed))
        while self._ended[0][0] <= t - EVIDENCE_S:
            self._ended.popleft()

    def add_pulse(self, pulse: Pulse, agents: int, in_flight: int, limited: bool) -> None:
        """A worker's pulse, with what all workers hold at that moment, and whether the client is the limit."""
        before, self._pulsed_at = self._pulsed_at, pulse.t
        if before is None:  # of what time it tells is not known
            return
        span = pulse.t - before
        self._load.append((pulse.t, span, agents * span, in_flight * span, float(pulse.tokens), limited))
        while self._load[0][0] <= pulse.t - EVIDENCE_S:
            self._load.popleft()

    def evidence(self, now: float, client: ClientReading, seconds: dict[int, tuple[int, float]]) -> Evidence:
        """What the last seconds tell.

        Args:
            now: the moment.
            client: what the client itself costs.
            seconds: of the whole run, whole second → (agents at its end, output tokens in it).
        """
        load = [part for part in self._load if part[0] > now - EVIDENCE_S]
        span = sum(part[1] for part in load)
        engine = [event.reading for event in self._engine if event.t > now - EVIDENCE_S]
        hosts = [event for event in self._host if event.t > now - EVIDENCE_S]
        gone = [reading.preemptions for reading in engine if reading.preemptions is not None]
        ended = [failed for t, failed in self._ended if t > now - EVIDENCE_S]
        gpus = gpu_load([event for event in self._gpus if event.t > now - EVIDENCE_S])
        return Evidence(
            agents=_over(sum(part[2] for part in load), span),
            in_flight=_over(sum(part[3] for part in load), span),
            tok_s=_over(sum(part[4] for part in load), span),
            gpus=gpus,
            gpus_silent=self._gpus_seen and (gpus is None or gpus.util is None),
            running=mean(reading.running for reading in engine),
            waiting=mean(reading.waiting for reading in engine),
            kv_usage=max((reading.kv_usage for reading in engine if reading.kv_usage is not None), default=None),
            preemptions=sum(max(0, b - a) for a, b in itertools.pairwise(gone)) if gone else None,
            replies=ended.count(False),
            failures=ended.count(True),
            gen_tok_s=mean(reading.gen_tok_s for reading in engine),
            engine_cpu=mean(host.engine_cpu_busiest for host in hosts),
            engine_share=mean(None if not host.cores else _part(host.engine_cpu, len(host.cores)) for host in hosts),
            client_limited=_over(sum(part[1] for part in load if part[5]), span),
            client=client,
            silent=span >= SILENT_S and all(part[3] >= part[1] and not part[4] for part in load),
            growth=growth(seconds, now),
        )


def gpu_load(events: Iterable[Gpu]) -> GpuLoad | None:
    """The engine's GPUs over these readings; null without any."""
    readings = _at_work([[event.gpus[place] for place in engine_gpus(event.gpus)] for event in events])
    everything = [gpu for gpus in readings for gpu in gpus]
    if not everything:
        return None
    utils = _per_gpu(readings, busy)
    reasons = Counter(reason for gpu in everything for reason in gpu.slowdowns or ())
    return GpuLoad(
        count=max(len(gpus) for gpus in readings),
        util=mean(utils),
        util_sum=sum(utils) if utils else None,
        util_max=max(utils, default=None),
        util_min=min(utils, default=None),
        sm=mean(gpu.sm for gpu in everything),
        tensor=mean(gpu.tensor for gpu in everything),
        dram=mean(gpu.dram for gpu in everything),
        power=mean(_percent(gpu.power_w, gpu.power_limit_w) for gpu in everything),
        clock=mean(_percent(gpu.sm_clock_mhz, gpu.sm_clock_max_mhz) for gpu in everything),
        nvlink_mib_s=mean(gpu.nvlink_tx_mib_s for gpu in everything),
        pcie_mib_s=mean(gpu.pcie_tx_mib_s for gpu in everything),
        slowdowns={reason: count / len(everything) for reason, count in sorted(reasons.items())},
    )


def busy(gpu: GpuReading) -> float | None:
    """Utilisation; of a MIG instance, which has none, the activity of its SMs."""
    return gpu.util if gpu.util is not None else gpu.sm


def _at_work(readings: list[list[GpuReading]]) -> list[list[GpuReading]]:
    """Where nobody knows which GPUs are the engine's: those that did something, if any did."""
    if any(gpu.engine is not None for gpus in readings for gpu in gpus):
        return readings
    count = max((len(gpus) for gpus in readings), default=0)
    means = [mean(busy(gpus[place]) for gpus in readings if place < len(gpus)) for place in range(count)]
    if max((value or 0.0 for value in means), default=0.0) < WORKING:
        return readings
    return [[gpu for place, gpu in enumerate(gpus) if (means[place] or 0.0) >= IDLE] for gpus in readings]


def growth(seconds: dict[int, tuple[int, float]], now: float) -> float | None:
    """Output tokens a second over the last whole seconds, over those while there were half as many agents.

    Null where the run has too few such seconds (two of each). Seconds without a token do not count: the engine was
    down, or still at its first prompts.
    """
    end = math.floor(now)
    newest = [seconds[second] for second in range(end - int(EVIDENCE_S), end) if seconds.get(second, (0, 0))[1] > 0]
    agents = mean(float(count) for count, _ in newest)
    if agents is None or len(newest) < 2:
        return None
    low, high = HALF[0] * agents, HALF[1] * agents
    found = ((second, count, tokens) for second, (count, tokens) in seconds.items() if second < end)
    half = [tokens for _, count, tokens in found if low <= count <= high and tokens > 0]
    before = statistics.median(half) if half else None
    present = mean(tokens for _, tokens in newest)
    return present / before if before and present is not None and len(half) >= 2 else None


def mean(values: Iterable[float | None]) -> float | None:
    """Of those that are known; null if none is."""
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def _per_gpu(readings: list[list[GpuReading]], value: Callable[[GpuReading], float | None]) -> list[float]:
    """Each GPU's mean over the readings, of those GPUs that have one."""
    count = max(len(gpus) for gpus in readings)
    means = (mean(value(gpus[place]) for gpus in readings if place < len(gpus)) for place in range(count))
    return [found for found in means if found is not None]


def _part(part: float | None, whole: float) -> float | None:
    return None if part is None else part / whole


def _percent(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else 100 * part / whole


def _over(amount: float, span: float) -> float:
    return amount / span if span > 0 else 0.0


def _keep(events: deque[_E], event: _E) -> None:
    events.append(event)
    while events[0].t <= event.t - EVIDENCE_S:
        events.popleft()
