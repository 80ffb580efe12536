"""Sums and percentiles over the last seconds, for numbers that move on a screen."""

import math
from collections import deque

from stress.events import Buckets
from stress.readings import Percentiles
from stress.stats.histogram import Histogram

WINDOW_S = 2.0
"""Rates and percentiles on the screen are over this time: long enough to be read, short enough to follow a ramp."""
_SHORTEST_S = 0.25
"""A rate over less than this is none: a pulse in a run's first moments would be its peak."""


class Recent:
    """A sum over the last `WINDOW_S` seconds."""

    def __init__(self) -> None:
        self._parts: deque[tuple[float, float]] = deque()
        self._sum = 0.0

    def add(self, t: float, amount: float) -> None:
        """Count this in."""
        self._parts.append((t, amount))
        self._sum += amount

    def rate(self, now: float, since: float = -math.inf) -> float:
        """Amount a second over the window; where less time has gone by since `since`, over it, at least ¼ s."""
        while self._parts and self._parts[0][0] <= now - WINDOW_S:
            self._sum -= self._parts.popleft()[1]
        span = min(WINDOW_S, max(_SHORTEST_S, now - since))
        return self._sum / span if self._parts else 0.0


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
        """p50, p95 and p99 in ms; None where the window holds none."""
        self._forget(now)
        quantile = self._histogram.quantile
        return Percentiles(p50=quantile(0.5), p95=quantile(0.95), p99=quantile(0.99))

    def shape(self, now: float) -> tuple[tuple[int, int], ...]:
        """How they are spread, as `Histogram.shape` has it."""
        self._forget(now)
        return self._histogram.shape()

    def _forget(self, now: float) -> None:
        while self._parts and self._parts[0][0] <= now - WINDOW_S:
            self._histogram.remove(self._parts.popleft()[1])
