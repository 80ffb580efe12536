"""What is worth a word while a run goes on: round numbers reached for the first time, and new peaks. Pure."""

import math
from collections import deque

import msgspec

KEPT = 8
FEWEST_AGENTS, FEWEST_TOK_S, FEWEST_TOKENS = 10, 100, 100_000
"""Smaller round numbers are no news."""
PEAK_BY = 1.1
"""A new peak is news if it is so many times the one that was announced last,"""
PEAK_EVERY_S = 10.0
"""and if that was so long ago: on its way up every second has one. Only while it rises: later it is no news."""


class Milestone(msgspec.Struct, frozen=True):
    """One piece of news."""

    t: float
    """Seconds since the run's start."""
    text: str


class Milestones:
    """Finds them as the run goes on; of several at once, of the same kind, only the largest."""

    def __init__(self) -> None:
        self.newest: deque[Milestone] = deque(maxlen=KEPT)
        self._agents = self._tok_s = self._tokens = 0
        self._peak: tuple[float, float] | None = None
        self._best = 0.0

    def look(self, t: float, agents: int, peak_tok_s: float, tokens: int) -> None:
        """How the run stands at this moment: agents, its best whole second so far, all its output tokens."""
        self._agents = self._reach(t, agents, self._agents, FEWEST_AGENTS, "agents")
        before = self._tok_s
        self._tok_s = self._reach(t, peak_tok_s, before, FEWEST_TOK_S, "tok/s")
        self._tokens = self._reach(t, tokens, self._tokens, FEWEST_TOKENS, "tokens")
        if self._tok_s > before or self._peak is None:
            self._peak = t, peak_tok_s
        elif peak_tok_s > max(self._best, PEAK_BY * self._peak[1]) and t >= self._peak[0] + PEAK_EVERY_S:
            self._peak = t, peak_tok_s
            self.newest.append(Milestone(t, f"new peak: {peak_tok_s:,.0f} tok/s"))
        self._best = max(self._best, peak_tok_s)

    def _reach(self, t: float, value: float, before: int, fewest: int, unit: str) -> int:
        reached = round_below(value)
        if reached > before and reached >= fewest:
            self.newest.append(Milestone(t, f"{_short(reached)} {unit}"))
        return max(before, reached)


def round_below(value: float) -> int:
    """The largest 1, 2 or 5 times a power of ten that is not above the value; 0 below 1."""
    if value < 1:
        return 0
    power: int = 10 ** math.floor(math.log10(value) + 1e-12)
    return max(step * power for step in (1, 2, 5) if step * power <= value * (1 + 1e-12))


def _short(number: int) -> str:
    """`500`, `20k`, `1M`."""
    if number >= 1_000_000:
        return f"{number // 1_000_000}M"
    return f"{number // 1_000}k" if number >= 10_000 else f"{number:,}"
