"""What the client itself costs, and whether it is what limits the run."""

import math
from collections import Counter
from collections.abc import Sequence

from stress.events import Host, Pulse
from stress.limits.late import cpu_user
from stress.readings import LIMITED_CPU, LIMITED_LAG_MS, ClientReading, CpuUser
from stress.stats.histogram import Histogram
from stress.stats.window import WINDOW_S, Recent, RecentTimes

SETTLED_S = 2 * WINDOW_S
"""From then on no window holds the workers' first moments, in which they are late with reason."""


class ClientLoad:
    """What the load workers cost and by how much they are late: whether the client is what limits the run."""

    def __init__(self, *, remote: bool = False) -> None:
        """`remote`: the engine is on another machine, and takes none of this one's CPU."""
        self._remote = remote
        self._host: Host | None = None
        self.lag = Histogram()
        """Of the whole run."""
        self.cpu_max: float | None = None
        """The busiest worker's share of a core over a whole window, at its highest."""
        self.windows = self.limited_windows = 0
        """Whole windows of the run one after the other, and those in which the client limited it."""
        self.cpu_users: Counter[CpuUser | None] = Counter()
        """Of the windows in which the client limited it: who took the CPU."""
        self.lost = 0
        """Workers that died."""
        self.workers_peak = 0
        self._recent_lag = RecentTimes()
        self._cpu: dict[int, Recent] = {}
        self._pulsed_at: dict[int, float] = {}
        self._settled_at = self._window_ends = math.inf

    def add(self, pulse: Pulse) -> ClientReading:
        """Count this worker's pulse in; returns the client over the window up to it."""
        if self._settled_at == math.inf:
            self._settled_at = self._window_ends = pulse.t + SETTLED_S
        self.lag.add(pulse.lag)
        self._recent_lag.add(pulse.t, pulse.lag)
        span = pulse.t - self._pulsed_at.get(pulse.worker, pulse.t)
        self._pulsed_at[pulse.worker] = pulse.t
        self._cpu.setdefault(pulse.worker, Recent()).add(pulse.t, (pulse.cpu or 0.0) * span)
        self.workers_peak = max(self.workers_peak, len(self._pulsed_at))
        reading = self.reading(pulse.t)
        if reading.cpu is not None:
            self.cpu_max = max(self.cpu_max or 0.0, reading.cpu)
        if pulse.t >= self._window_ends:
            self.windows += 1
            if reading.limited:
                self.limited_windows += 1
                self.cpu_users[reading.cpu_user] += 1
            self._window_ends = pulse.t + WINDOW_S
        return reading

    def see(self, host: Host) -> None:
        """A reading of the client's machine."""
        self._host = host

    def lose(self, worker: int) -> None:
        """This worker has died."""
        self._cpu.pop(worker, None)
        self._pulsed_at.pop(worker, None)
        self.lost += 1

    def reading(self, now: float) -> ClientReading:
        """The client over the last window."""
        lag = self._recent_lag.percentiles(now).p99
        cpus = [recent.rate(now) for recent in self._cpu.values()]
        cpu = max(cpus, default=None)
        return ClientReading(
            workers=len(self._pulsed_at),
            cpu=None if cpu is None else round(cpu, 3),
            loop_lag_ms=lag,
            limited=now >= self._settled_at and ((cpu or 0.0) > LIMITED_CPU or (lag or 0.0) > LIMITED_LAG_MS),
            cpu_user=self._cpu_user(cpus),
        )

    def _cpu_user(self, cpus: Sequence[float]) -> CpuUser | None:
        """Who takes the CPU, from what each worker uses and the newest reading of the machine."""
        host, busiest = self._host, max(cpus, default=None)
        if host is None:
            return cpu_user(busiest, sum(cpus), 0, None, None)
        engine = None if self._remote else host.engine_cpu
        return cpu_user(busiest, sum(cpus), len(host.cores), math.fsum(host.cores) / 100, engine)
