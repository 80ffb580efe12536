"""Mergeable histograms of latencies with a stated error.

The buckets are DDSketch's (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch with
relative-error guarantees", VLDB 2019): a value v falls into bucket ⌈log_γ v⌉ with γ = (1+α)/(1−α), so that every
quantile read back is within α of the true one, relative. A worker sends the counts of its buckets; adding them up
makes the histogram of all workers, and taking old ones away makes a sliding window.
"""

import math
from collections.abc import Iterable

from ddsketch.mapping import LogarithmicMapping
from ddsketch.store import DenseStore

from stress.events import Buckets

RELATIVE_ERROR = 0.005
BINS_A_DECADE = 8
"""Of a shape that is drawn."""
SMALLEST_MS = 0.001
"""Shorter times (two chunks in one read have no time between them) count as this."""

_mapping = LogarithmicMapping(RELATIVE_ERROR)


def tally(seconds: Iterable[float]) -> Buckets:
    """The buckets of these times, given in seconds; the buckets are of milliseconds."""
    key = _mapping.key
    buckets: Buckets = {}
    for value in seconds:
        bucket = key(max(SMALLEST_MS, value * 1000))
        buckets[bucket] = buckets.get(bucket, 0) + 1
    return buckets


class Histogram:
    """Counts of times in milliseconds."""

    def __init__(self) -> None:
        self._store = DenseStore()

    @property
    def count(self) -> int:
        """How many times it holds."""
        return int(self._store.count)

    def add(self, buckets: Buckets) -> None:
        """Count these in."""
        for key, count in buckets.items():
            self._store.add(key, count)

    def remove(self, buckets: Buckets) -> None:
        """Take away what `add` has added before."""
        for key, count in buckets.items():
            self._store.add(key, -count)

    def shape(self) -> tuple[tuple[int, int], ...]:
        """(bin, count) for drawing, those that hold any, in order: bin b is from 10^(b/8) ms to 10^((b+1)/8) ms."""
        store = self._store
        found: dict[int, int] = {}
        if store.count <= 0:
            return ()
        for place, count in enumerate(store.bins):
            if count:  # few do, and a snapshot is made ten times a second
                drawn = math.floor(math.log10(_mapping.value(place + store.offset)) * BINS_A_DECADE)
                found[drawn] = found.get(drawn, 0) + int(count)
        return tuple(sorted(found.items()))

    def quantile(self, share: float) -> float | None:
        """The time in ms below which this share (0 to 1) of them lie; None if there are none."""
        if self._store.count <= 0:
            return None
        rank = share * (self._store.count - 1)
        return float(_mapping.value(self._store.key_at_rank(rank)))
