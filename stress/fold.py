"""The one fold: from a run's events to the snapshot that every viewer shows, and to the run's summary.

Live, replay and reports all come through here, so a state that the screen shows is either in an event or
derived from events alone: never from a clock.
"""

import math
from array import array
from collections import Counter, deque

from stress.events import (
    AnyEvent,
    Buckets,
    ClientReading,
    Control,
    Engine,
    EngineReading,
    Gpu,
    Host,
    Mark,
    Message,
    Percentiles,
    Phase,
    PhaseName,
    Pulse,
    Request,
    Sample,
    Target,
    WorkerLost,
)
from stress.histogram import Histogram
from stress.snapshot import About, Point, Snapshot

WINDOW_S = 2.0
"""Rates and percentiles on the screen are over this time: long enough to be read, short enough to follow a ramp."""
TALK_KEPT = 200
FAILURES_KEPT = 20
CURVE_POINTS = 600
HISTORY_KEPT = 240
LIMITED_CPU = 0.9
LIMITED_LAG_MS = 10.0
"""The client limits a run, or blurs its times, where a worker's CPU or its loop's lag (p99) is above these."""
ABANDONED = "abandoned"
"""The `error` of a request that we gave up ourselves when the run ended: neither a reply nor a failure."""


class Recent:
    """A sum over the last `WINDOW_S` seconds."""

    def __init__(self) -> None:
        self._parts: deque[tuple[float, float]] = deque()
        self._sum = 0.0

    def add(self, t: float, amount: float) -> None:
        """Count this in."""
        self._parts.append((t, amount))
        self._sum += amount

    def mean(self, now: float) -> float:
        """Amount a second over a whole window."""
        return self.rate(now, now - WINDOW_S)

    def rate(self, now: float, since: float) -> float:
        """Amount a second over the window, or over the time since `since` where that is shorter."""
        while self._parts and self._parts[0][0] <= now - WINDOW_S:
            self._sum -= self._parts.popleft()[1]
        span = min(WINDOW_S, now - since)
        return self._sum / span if span > 0 and self._parts else 0.0


class RecentTimes:
    """Percentiles of latencies over the last `WINDOW_S` seconds."""

    def __init__(self) -> None:
        self._parts: deque[tuple[float, Buckets]] = deque()
        self._histogram = Histogram()

    def add(self, t: float, buckets: Buckets) -> None:
        """Count these in."""
        if buckets:
            self._parts.append((t, buckets))
            self._histogram.add(buckets)

    def percentiles(self, now: float) -> Percentiles:
        """p50, p95 and p99 in ms; null where the window holds none."""
        while self._parts and self._parts[0][0] <= now - WINDOW_S:
            self._histogram.remove(self._parts.popleft()[1])
        quantile = self._histogram.quantile
        return Percentiles(p50=quantile(0.5), p95=quantile(0.95), p99=quantile(0.99))


class Replies:
    """Every finished reply's times in ms and tokens, for the summary; sixteen bytes a number, not an object each."""

    def __init__(self) -> None:
        self.ttft_ms, self.tpot_ms, self.e2el_ms = array("d"), array("d"), array("d")
        self.started, self.ended = array("d"), array("d")
        self.completed = self.failed = self.abandoned = 0
        self.input_tokens = self.output_tokens = self.cached_tokens = 0
        self.retries = 0
        self.without_usage = 0

    def add(self, request: Request) -> None:
        """Count this request in; the times and tokens of failed ones are left out, as `vllm bench serve` does."""
        self.retries += request.retries
        self.started.append(request.start)
        self.ended.append(request.t)
        if request.error == ABANDONED:
            self.abandoned += 1
        elif request.error is not None:
            self.failed += 1
        else:
            self._add_reply(request)

    def _add_reply(self, request: Request) -> None:
        self.completed += 1
        self.input_tokens += request.prompt_tokens or 0
        self.output_tokens += request.output_tokens
        self.cached_tokens += request.cached_tokens or 0
        self.without_usage += not request.usage
        times = (
            (self.ttft_ms, request.ttft_ms),
            (self.tpot_ms, request.tpot_ms),
            (self.e2el_ms, request.e2el_ms),
        )
        for series, value in times:
            if value is not None:
                series.append(value)


class ClientLoad:
    """What the load workers cost and by how much they are late: whether the client is what limits the run."""

    def __init__(self) -> None:
        self.lag = Histogram()
        """Of the whole run."""
        self.cpu_max: float | None = None
        """The busiest worker's share of a core over a whole window, at its highest."""
        self.limited_s = 0.0
        """Seconds of the run in which the client limited it."""
        self.lost = 0
        """Workers that died."""
        self.workers_peak = 0
        self._recent_lag = RecentTimes()
        self._cpu: dict[int, Recent] = {}
        self._pulsed_at: dict[int, float] = {}
        self._judged_at: float | None = None

    def add(self, pulse: Pulse) -> None:
        """Count this worker's pulse in."""
        self.lag.add(pulse.lag)
        self._recent_lag.add(pulse.t, pulse.lag)
        span = pulse.t - self._pulsed_at.get(pulse.worker, pulse.t)
        self._pulsed_at[pulse.worker] = pulse.t
        self._cpu.setdefault(pulse.worker, Recent()).add(pulse.t, (pulse.cpu or 0.0) * span)
        self.workers_peak = max(self.workers_peak, len(self._pulsed_at))
        reading = self.reading(pulse.t)
        if reading.cpu is not None:
            self.cpu_max = max(self.cpu_max or 0.0, reading.cpu)
        if reading.limited and self._judged_at is not None:
            self.limited_s += pulse.t - self._judged_at
        self._judged_at = pulse.t

    def lose(self, worker: int) -> None:
        """This worker has died."""
        self._cpu.pop(worker, None)
        self._pulsed_at.pop(worker, None)
        self.lost += 1

    def reading(self, now: float) -> ClientReading:
        """The client over the last window."""
        lag = self._recent_lag.percentiles(now).p99
        cpu = max((recent.mean(now) for recent in self._cpu.values()), default=None)
        return ClientReading(
            workers=len(self._pulsed_at),
            cpu=None if cpu is None else round(cpu, 3),
            loop_lag_ms=lag,
            limited=(cpu or 0.0) > LIMITED_CPU or (lag or 0.0) > LIMITED_LAG_MS,
        )


class Fold:
    """A run's state, grown event by event in the order of their times."""

    def __init__(self, about: About) -> None:
        self.about = about
        self.t = 0.0
        self.phase: PhaseName = "ramp"
        self.ramp_started: float | None = None
        self.drain_started: float | None = None
        self.replies = Replies()
        self.errors: Counter[str] = Counter()
        self.output_tokens = 0
        self.messages = 0
        self.itl = Histogram()
        self.itl_sum_ms = self.itl_sum_sq_ms2 = 0.0
        self.per_second: dict[int, tuple[int, float]] = {}
        """Whole second → (agents at its end, output tokens in it)."""
        self.agents_start: int | None = None
        self.agents_peak = 0
        self.gpu_events: list[Gpu] = []
        self.host: Host | None = None
        self.marks: list[Mark] = []
        self.client = ClientLoad()
        self._engine = EngineReading()
        self._target = 0
        self._held_at: float | None = None
        self._held_s = 0.0
        self._workers: dict[int, Pulse] = {}
        self._tokens, self._prompt_tokens = Recent(), Recent()
        self._ttft, self._itl = RecentTimes(), RecentTimes()
        self._cells = bytearray()
        self._talk: deque[Message] = deque(maxlen=TALK_KEPT)
        self._failures: deque[Request] = deque(maxlen=FAILURES_KEPT)
        self._curve: list[Point] = []
        self._curve_step = 0.5
        self._host_history: deque[float] = deque(maxlen=HISTORY_KEPT)
        self._gpu_history: list[deque[float | None]] = []

    def apply(self, event: AnyEvent) -> None:  # noqa: C901 (a flat table, one line a type of event)
        """Take the event in; a sample is what a fold has made, and adds nothing."""
        if isinstance(event, Sample):
            return
        self.t = max(self.t, event.t)
        match event:
            case Pulse():
                self._pulse(event)
            case Request():
                self._request(event)
            case WorkerLost():
                self._worker_lost(event)
            case Message():
                self.messages += len(event.to)
                self._talk.append(event)
            case Gpu():
                self._gpu(event)
            case Host():
                self.host = event
                self._host_history.append(sum(event.cores) / max(1, len(event.cores)))
            case Engine():
                self._engine = event.reading
            case Target():
                self._target = event.agents
                self.agents_start = event.agents if self.agents_start is None else self.agents_start
            case Phase():
                self._phase(event)
            case Control():
                self._control(event)
            case Mark():
                self.marks.append(event)

    def snapshot(self) -> Snapshot:
        """The run as it stands after the newest event."""
        return Snapshot(
            about=self.about,
            sample=self._sample(),
            ramp_elapsed=self._ramp_elapsed(),
            held=self._held_at is not None,
            cells=bytes(self._cells),
            talk=tuple(self._talk),
            failures=tuple(self._failures),
            curve=tuple(self._curve),
            peak_tok_s=self.peak_tok_s,
            host=self.host,
            host_history=tuple(self._host_history),
            gpu_history=tuple(tuple(history) for history in self._gpu_history),
        )

    @property
    def peak_tok_s(self) -> float:
        """Output tokens of the best whole second so far."""
        return max((tokens for _, tokens in self.per_second.values()), default=0.0)

    def _sample(self) -> Sample:
        gpus = self.gpu_events[-1].gpus if self.gpu_events else ()
        since = self.ramp_started or 0.0
        return Sample(
            t=round(self.t, 3),
            phase=self.phase,
            window_s=WINDOW_S,
            agents=self._agents(),
            target_agents=self._target,
            in_flight=sum(pulse.in_flight for pulse in self._workers.values()),
            tok_s=round(self._tokens.rate(self.t, since), 1),
            prompt_tok_s=round(self._prompt_tokens.rate(self.t, since), 1),
            output_tokens=self.output_tokens,
            requests=self.replies.completed,
            messages=self.messages,
            errors=dict(self.errors),
            ttft_ms=self._ttft.percentiles(self.t),
            itl_ms=self._itl.percentiles(self.t),
            gpus=gpus,
            engine=self._engine,
            client=self.client.reading(self.t),
        )

    def _agents(self) -> int:
        return sum(pulse.agents for pulse in self._workers.values())

    def _ramp_elapsed(self) -> float:
        if self.ramp_started is None:
            return 0.0
        until = self._held_at if self._held_at is not None else self.t
        if self.drain_started is not None:
            until = min(until, self.drain_started)
        return max(0.0, until - self.ramp_started - self._held_s)

    def _pulse(self, pulse: Pulse) -> None:
        self._workers[pulse.worker] = pulse
        self.client.add(pulse)
        self.output_tokens += pulse.tokens
        self.itl.add(pulse.itl)
        self.itl_sum_ms += pulse.itl_sum_ms
        self.itl_sum_sq_ms2 += pulse.itl_sum_sq_ms2
        self._tokens.add(pulse.t, pulse.tokens)
        self._ttft.add(pulse.t, pulse.ttft)
        self._itl.add(pulse.t, pulse.itl)
        agents = self._agents()
        self.agents_peak = max(self.agents_peak, agents)
        second = math.floor(pulse.t)
        self.per_second[second] = agents, self.per_second.get(second, (0, 0.0))[1] + pulse.tokens
        for index, state in pulse.cells:
            if index >= len(self._cells):
                self._cells.extend(bytes(index + 1 - len(self._cells)))
            self._cells[index] = state
        self._extend_curve(pulse.t, agents)

    def _extend_curve(self, t: float, agents: int) -> None:
        if self._curve and t < self._curve[-1].t + self._curve_step:
            return
        tok_s = self._tokens.rate(t, self.ramp_started or 0.0)
        self._curve.append(Point(t=t, tok_s=tok_s, agents=agents, target=self._target))
        if len(self._curve) >= CURVE_POINTS:
            del self._curve[1::2]
            self._curve_step *= 2

    def _request(self, request: Request) -> None:
        self.replies.add(request)
        if request.error is None:
            self._prompt_tokens.add(request.t, request.prompt_tokens or 0)
        elif request.error != ABANDONED:
            self.errors[request.error] += 1
            self._failures.append(request)

    def _worker_lost(self, event: WorkerLost) -> None:
        """Its requests in flight will never be reported: they have failed, as many as its last pulse had."""
        last = self._workers.pop(event.worker, None)
        self.client.lose(event.worker)
        lost = last.in_flight if last is not None else 0
        self.replies.failed += lost
        self.errors["worker_lost"] += max(1, lost)

    def _gpu(self, event: Gpu) -> None:
        self.gpu_events.append(event)
        for place, gpu in enumerate(event.gpus):
            if place >= len(self._gpu_history):
                self._gpu_history.append(deque(maxlen=HISTORY_KEPT))
            self._gpu_history[place].append(gpu.util)

    def _phase(self, event: Phase) -> None:
        self.phase = event.name
        if self.ramp_started is None:
            self.ramp_started = event.t
        if event.name == "drain":
            self.drain_started = event.t

    def _control(self, event: Control) -> None:
        if event.name == "hold" and self._held_at is None:
            self._held_at = event.t
        elif event.name == "resume" and self._held_at is not None:
            self._held_s += event.t - self._held_at
            self._held_at = None
