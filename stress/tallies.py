"""What adds up over a whole run: its replies, and what the client itself cost."""

from array import array

from stress.events import Pulse, Request
from stress.histogram import Histogram
from stress.readings import ClientReading
from stress.window import Recent, RecentTimes

LIMITED_CPU = 0.9
LIMITED_LAG_MS = 10.0
"""The client limits a run, or blurs its times, where a worker's CPU or its loop's lag (p99) is above these."""
ABANDONED = "abandoned"
"""The `error` of a request that we gave up ourselves when the run ended: neither a reply nor a failure."""


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
