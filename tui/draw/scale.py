"""Axes: round numbers for their ends, and no jumping about."""

import math
from typing import NamedTuple

_STEPS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_SPANS = (
    *((30, 3), (60, 4), (90, 3), (120, 4), (180, 3), (300, 5), (450, 3), (600, 5), (900, 3), (1200, 4)),
    *((1800, 3), (2700, 3), (3600, 4), (5400, 3), (7200, 4), (10800, 3)),
)
"""Lengths of time in seconds, and into how many parts each divides roundly."""


def round_up(value: float, least: float = 10.0) -> float:
    """The next round number (1, 1.2, 1.5, 2 … times a power of ten) that is not below the value or `least`."""
    value = max(value, least)
    power = 10.0 ** math.floor(math.log10(value))
    # The quotient of a round number may come out a hair above its step.
    return next(step for step in (*_STEPS, 12.0) if step * power >= value * (1 - 1e-9)) * power


def round_span(seconds: float) -> tuple[float, int]:
    """The next round length of time, in seconds, that is not below this one, and its number of round parts."""
    for span, parts in _SPANS:
        if seconds <= span:
            return span, parts
    return math.ceil(seconds / 14400) * 14400.0, 4


class Scale(NamedTuple):
    """An axis from `bottom` to `top`: linear from 0, or logarithmic from a power of ten."""

    top: float
    bottom: float = 0.0

    @classmethod
    def logarithmic(cls, top: float, lowest: float) -> "Scale":
        """One with room below what is lowest, over three powers of ten at least.

        Args:
            top: where the axis ends, above 0.
            lowest: the highest value of the lowest curve on it.
        """
        decade = math.floor(math.log10(top)) - 3
        if lowest > 0:
            decade = min(decade, math.floor(math.log10(lowest)) - 1)
        return cls(top, 10.0**decade)

    def share(self, value: float | None) -> float:
        """How far up the axis the value lies, 0 to 1; one above zero never lies at 0: little is not nothing."""
        if not value or value < 0 or self.top <= 0:
            return 0.0
        share = math.log(value / self.bottom) / math.log(self.top / self.bottom) if self.bottom else value / self.top
        return min(1.0, max(1e-9, share))

    def labels(self, rows: int) -> dict[int, float]:
        """What to write beside which row of a chart, counted from its top: the ends, and what lies between."""
        if not self.bottom:
            return {0: self.top, rows // 2: self.top / 2, rows - 1: 0.0}
        found = {0: self.top, rows - 1: self.bottom}
        value = self.bottom * 10
        while value < self.top:
            found.setdefault(self.row(value, rows), value)
            value *= 10
        return found

    def row(self, value: float, rows: int) -> int:
        """The row of a chart, counted from its top, in which the value lies."""
        return min(rows - 1, max(0, rows - 1 - int(self.share(value) * rows)))


class Axis:
    """The top of an axis that starts at 0: it grows at once and shrinks only when far too tall.

    Between the two it stands still, so that a curve near the top does not make the whole picture pump.
    """

    def __init__(self, least: float = 10.0) -> None:
        self._least = least
        self._top = 0.0

    def fit(self, highest: float) -> float:
        """The axis' top for a curve whose highest value this is."""
        if highest > self._top or round_up(highest * 3, self._least) <= self._top:
            self._top = round_up(highest * 1.05, self._least)
        return self._top
