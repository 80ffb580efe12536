"""What a window of events shows of the GPUs, the engine and the client: the evidence for what limits the run."""

import itertools
import math
import statistics
from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar

import msgspec

from stress.events import Engine, Gpu, Host, Pulse, Request
from stress.readings import ClientReading, GpuReading, RooflineReading, SlowdownName, engine_gpus

EVIDENCE_S = 5.0
"""Long enough for ten readings of the GPUs and five of the engine, short enough to follow a ramp."""
SILENT_S = 4.5
"""An engine that sends no token for so long, of a window, stands still."""
IDLE, WORKING = 2.0, 10.0
"""Percent of utilisation: below the first a GPU did nothing, from the second on one surely worked."""
HALF = (0.4, 0.6)
"""Seconds with this share of the present agents count as those with half as many."""


class GpuLoad(msgspec.Struct, frozen=True, kw_only=True):
    """Means over the engine's GPUs and the window, in percent; None: not read."""

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
    """Means over the last `EVIDENCE_S` seconds; None: not read."""

    agents: float = 0.0
    in_flight: float = 0.0
    tok_s: float = 0.0
    gpus: GpuLoad | None = None
    """None: no GPU is seen."""
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
    """Of all cores of its machine (of 1), what its processes use together; None: the machine is not seen."""
    cores_busy: float | None = None
    """Of all cores of the client's machine (of 1), what all programs use together."""
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
    roofline: RooflineReading | None = None
    """What no engine can exceed; None where the model or the GPUs are not known."""


class _Load(NamedTuple):
    """What all workers held over `span` seconds, from the pulse before to the one at `t`."""

    t: float
    span: float
    agents: int
    in_flight: int
    tokens: int
    limited: bool


_E = TypeVar("_E")


class EvidenceWindow:
    """Keeps the events of the last seconds."""

    def __init__(self) -> None:
        self._kept: defaultdict[type, deque[Any]] = defaultdict(deque)
        self._pulsed_at: float | None = None
        self._gpus_seen = False

    def add(self, event: Gpu | Engine | Host | Request | _Load) -> None:
        """A reading, or a request that has ended."""
        kept = self._kept[type(event)]
        kept.append(event)
        while kept[0].t <= event.t - EVIDENCE_S:
            kept.popleft()
        if isinstance(event, Gpu):
            self._gpus_seen = self._gpus_seen or bool(engine_gpus(event.gpus))

    def add_pulse(self, pulse: Pulse, agents: int, in_flight: int, limited: bool) -> None:
        """A worker's pulse, with what all workers hold at that moment, and whether the client is the limit."""
        before, self._pulsed_at = self._pulsed_at, pulse.t
        if before is not None:  # the time that the first one is about is not known
            self.add(_Load(pulse.t, pulse.t - before, agents, in_flight, pulse.tokens, limited))

    def evidence(self, now: float, client: ClientReading, seconds: dict[int, tuple[int, float]]) -> Evidence:
        """What the last seconds show.

        Args:
            now: the moment.
            client: what the client itself costs.
            seconds: of the whole run, whole second → (agents at its end, output tokens in it).
        """
        load, hosts = self._recent(_Load, now), self._recent(Host, now)
        span = sum(part.span for part in load)
        engine = [event.reading for event in self._recent(Engine, now)]
        preemptions = [reading.preemptions for reading in engine if reading.preemptions is not None]
        failed = [request.error is not None for request in self._recent(Request, now)]
        gpus = gpu_load(self._recent(Gpu, now))
        return Evidence(
            agents=_over(sum(part.agents * part.span for part in load), span),
            in_flight=_over(sum(part.in_flight * part.span for part in load), span),
            tok_s=_over(sum(part.tokens for part in load), span),
            gpus=gpus,
            gpus_silent=self._gpus_seen and (gpus is None or gpus.util is None),
            running=mean(reading.running for reading in engine),
            waiting=mean(reading.waiting for reading in engine),
            kv_usage=max((reading.kv_usage for reading in engine if reading.kv_usage is not None), default=None),
            preemptions=sum(max(0, b - a) for a, b in itertools.pairwise(preemptions)) if preemptions else None,
            replies=failed.count(False),
            failures=failed.count(True),
            gen_tok_s=mean(reading.gen_tok_s for reading in engine),
            engine_cpu=mean(host.engine_cpu_busiest for host in hosts),
            engine_share=mean(
                host.engine_cpu / len(host.cores) for host in hosts if host.engine_cpu is not None and host.cores
            ),
            cores_busy=mean(math.fsum(host.cores) / len(host.cores) / 100 for host in hosts if host.cores),
            client_limited=_over(sum(part.span for part in load if part.limited), span),
            client=client,
            silent=span >= SILENT_S and all(part.in_flight >= 1 and not part.tokens for part in load),
            growth=growth(seconds, now),
        )

    def _recent(self, kind: type[_E], now: float) -> list[_E]:
        return [event for event in self._kept[kind] if event.t > now - EVIDENCE_S]


def gpu_load(events: Iterable[Gpu]) -> GpuLoad | None:
    """The engine's GPUs over these readings; None without any."""
    readings = _at_work([[event.gpus[place] for place in engine_gpus(event.gpus)] for event in events])
    everything = [gpu for gpus in readings for gpu in gpus]
    if not everything:
        return None
    utils = [util for util in _utils(readings) if util is not None]
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
    utils = [util or 0.0 for util in _utils(readings)]
    if max(utils, default=0.0) < WORKING:
        return readings
    return [[gpu for gpu, util in zip(gpus, utils, strict=False) if util >= IDLE] for gpus in readings]


def _utils(readings: list[list[GpuReading]]) -> list[float | None]:
    """Each GPU's mean utilisation over the readings."""
    return [mean(busy(gpu) for gpu in gpus if gpu is not None) for gpus in itertools.zip_longest(*readings)]


def growth(seconds: dict[int, tuple[int, float]], now: float) -> float | None:
    """Output tokens a second over the last whole seconds, over those while there were half as many agents.

    None where the run has too few such seconds (two of each). Seconds without a token do not count: the engine was
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
    """Of those that are known; None if none is."""
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def _percent(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else 100 * part / whole


def _over(amount: float, span: float) -> float:
    return amount / span if span > 0 else 0.0
