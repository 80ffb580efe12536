"""Whether a rate held: its trend over time, with the interval in which it lies."""

import itertools
import math
from collections.abc import Sequence

import msgspec

FEWEST = 5
"""Seconds: fewer show no trend."""
HELD = 0.1
"""The rate held if, over the time looked at, it has surely not changed by more than this share of its mean."""

_T = tuple(
    map(
        float,
        "12.71 4.30 3.18 2.78 2.57 2.45 2.36 2.31 2.26 2.23 2.20 2.18 2.16 2.14 2.13 "
        "2.12 2.11 2.10 2.09 2.09 2.08 2.07 2.07 2.06 2.06 2.06 2.05 2.05 2.05 2.04".split(),
    )
)
"""Student's t for 95 % (two-sided) and 1 to 30 degrees of freedom, from any table."""
_NORMAL = 1.96


class Steadiness(msgspec.Struct, frozen=True, kw_only=True):
    """A rate's mean and its trend, by least squares, with the trend's 95 % interval."""

    seconds: int
    """Whole seconds looked at."""
    mean: float
    """Tokens a second."""
    change: float
    """Over the time looked at, as a share of the mean: -0.2 is a fifth less at its end than at its start."""
    change_low: float
    change_high: float

    @property
    def held(self) -> bool | None:
        """It held; it surely did not (false); or so short or restless a run does not show it (None)."""
        if self.change_low >= -HELD and self.change_high <= HELD:
            return True
        return None if self.change_low <= 0 <= self.change_high else False


def steadiness(rates: Sequence[float]) -> Steadiness | None:
    """The trend of a rate from its value in each of some seconds in a row; None from fewer than five.

    Ordinary least squares of the rate over time; the slope's interval by Student's t. Neighbouring seconds of a real
    run depend on each other, so the residuals' first autocorrelation r lowers the number of values that count, to
    n (1 - r) / (1 + r) (Santer et al. 2000), never below three.
    """
    n = len(rates)
    mean = math.fsum(rates) / n if n else 0.0
    if n < FEWEST or mean <= 0:
        return None
    centre = (n - 1) / 2
    spread = math.fsum((t - centre) ** 2 for t in range(n))
    slope = math.fsum((t - centre) * (rate - mean) for t, rate in enumerate(rates)) / spread
    rest = [rate - mean - slope * (t - centre) for t, rate in enumerate(rates)]
    square = math.fsum(value * value for value in rest)
    r = math.fsum(a * b for a, b in itertools.pairwise(rest)) / square if square else 0.0
    count = min(float(n), max(3.0, n * (1 - r) / (1 + r))) if r > 0 else float(n)
    error = math.sqrt(square / (count - 2) / spread) if count > 2 else 0.0
    margin = student_t(count - 2) * error
    whole = (n - 1) / mean
    return Steadiness(
        seconds=n,
        mean=mean,
        change=slope * whole,
        change_low=(slope - margin) * whole,
        change_high=(slope + margin) * whole,
    )


def student_t(freedom: float) -> float:
    """Student's t for 95 % and so many degrees of freedom."""
    place = max(1, math.floor(freedom))
    return _T[place - 1] if place <= len(_T) else _NORMAL + 2.5 / freedom
