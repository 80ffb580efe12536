"""A GPU's recent load as finely as its driver samples it: what shows how GPUs take turns. Pure."""

import itertools
import math
from collections import deque
from collections.abc import Sequence

import msgspec

from stress.readings import STALE_S

COLUMNS = 240
FINEST_S = 0.05
"""Samples that lie closer together share a column: nobody sees more on a screen that is drawn ten times a second."""


class FineLoad(msgspec.Struct, frozen=True, kw_only=True):
    """The newest columns of a strip."""

    loads: tuple[float | None, ...] = ()
    """Percent, the newest last, at most 240; empty where the driver has no such samples."""
    column_s: float = 0.0
    """Seconds that a column stands for, a mean."""


class GpuStrip:
    """One GPU's."""

    def __init__(self) -> None:
        self._columns: deque[tuple[float, float | None]] = deque(maxlen=COLUMNS)
        """(seconds, percent)."""
        self._read_at: float | None = None

    def add(self, t: float, util: float | None, samples: Sequence[int] | None) -> None:
        """A reading at `t`: its utilisation, and the samples since the reading before, evenly spread over that time."""
        before, self._read_at = self._read_at, t
        span = 0.0 if before is None else t - before
        if not 0 < span <= STALE_S or not (samples or self._columns):
            return
        # An idle chip is not sampled: its utilisation stands for the whole time.
        loads: list[float | None] = (
            [util] * max(1, round(span / self.column_s)) if not samples else _grouped(samples, span)
        )
        self._columns.extend((span / len(loads), load) for load in loads)

    @property
    def column_s(self) -> float:
        """Seconds that a column stands for, a mean; 0 without any."""
        columns = self._columns
        return math.fsum(seconds for seconds, _ in columns) / len(columns) if columns else 0.0

    def newest(self) -> FineLoad:
        """The columns."""
        return FineLoad(loads=tuple(load for _, load in self._columns), column_s=self.column_s)


def _grouped(samples: Sequence[int], span: float) -> list[float | None]:
    """A column a sample; means of several where these lie closer together than `FINEST_S`."""
    count = min(len(samples), max(1, round(span / FINEST_S)))
    edges = [len(samples) * column // count for column in range(count + 1)]
    return [math.fsum(samples[a:b]) / (b - a) for a, b in itertools.pairwise(edges)]
