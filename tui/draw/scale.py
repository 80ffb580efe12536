"""Axes: round numbers for their ends, and no jumping about."""

import math

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
