"""The run's news: round numbers, new peaks, the knee, agents that come at once. Pure."""

import math
from collections import deque

import msgspec

from stress.stats.knee import Knee

KEPT = 8
TOGETHER_S = 1.0
"""What happens within one second is one piece of news."""
FEWEST_AGENTS, FEWEST_TOK_S, FEWEST_TOKENS = 10, 100, 100_000
"""Smaller round numbers are no news."""
PEAK_BY = 1.1
"""A new peak is news if it is so many times the one that was announced last,"""
PEAK_EVERY_S = 10.0
"""and if that was so long ago: on its way up every second has one. Only while it rises: later it is no news."""
STOOD_S = 1.0
"""Agents that join after the target has stood for this long are a step of the ramp, not its slope."""
KNEE_BY = 1.5
"""A knee that moves is news again at this many times the agents."""


class Milestone(msgspec.Struct, frozen=True):
    """All news of one second."""

    t: float
    """Seconds since the run's start; the text may still grow until `TOGETHER_S` later."""
    text: str


class Milestones:
    """Finds them as the run goes on; of several at once, of the same kind, only the newest, which is the largest."""

    def __init__(self) -> None:
        self.newest: deque[Milestone] = deque(maxlen=KEPT)
        self._together: dict[str, str] = {}
        """The texts of the newest one, by kind."""
        self._agents = self._tok_s = self._tokens = 0
        self._peak: tuple[float, float] | None = None
        self._best = 0.0
        self._knee = 0
        """Of the one that was announced last, the agents."""
        self._knee_seen: int | None = None
        self._target: tuple[float, int] | None = None
        self._asked = 0
        """Agents that the user has asked for since the target changed last."""
        self._steps = 0
        """Agents that come at once, in the newest one."""

    def look(self, t: float, agents: int, peak_tok_s: float, tokens: int) -> None:
        """How the run stands at this moment: agents, its best whole second so far, all its output tokens."""
        if tokens:  # agents that nobody answers are no news
            self._agents = self._reach(t, agents, self._agents, FEWEST_AGENTS, "agents")
        before = self._tok_s
        self._tok_s = self._reach(t, peak_tok_s, before, FEWEST_TOK_S, "tok/s")
        self._tokens = self._reach(t, tokens, self._tokens, FEWEST_TOKENS, "tokens")
        if peak_tok_s < 1:
            return
        if self._tok_s > before or self._peak is None:
            self._peak = t, peak_tok_s
        elif peak_tok_s > max(self._best, PEAK_BY * self._peak[1]) and t >= self._peak[0] + PEAK_EVERY_S:
            self._peak = t, peak_tok_s
            self._add(t, "tok/s", f"new peak: {peak_tok_s:,.0f} tok/s")
        self._best = max(self._best, peak_tok_s)

    def knee(self, t: float, knee: Knee | None) -> None:
        """Where more agents stopped bringing more tokens, as far as that is known by now.

        A single look finds many a knee that the next seconds disprove: it is news once two in a row agree.
        """
        before, self._knee_seen = self._knee_seen, None if knee is None else knee.agents
        if knee is None or before is None or not before / KNEE_BY < knee.agents < before * KNEE_BY:
            return
        if knee.agents >= KNEE_BY * self._knee:
            self._knee = knee.agents
            self._add(t, "knee", f"knee at {knee.agents:,} agents: more agents no longer help")

    def ask(self, t: float, change: int) -> None:
        """The user asks for so many agents more, or less."""
        self._asked += change
        self._step(t, change)

    def aim(self, t: float, agents: int) -> None:
        """The ramp's target, with what the user has asked for."""
        if self._target is not None and self._target[1] == agents:
            return
        if self._target is not None:
            since, before = self._target
            change = agents - before - self._asked
            if abs(change) >= FEWEST_AGENTS and t >= since + STOOD_S:
                self._step(t, change)
        self._target, self._asked = (t, agents), 0

    def _step(self, t: float, change: int) -> None:
        """Agents come or go at once; steps of one second add up."""
        before = self._steps if self._is_together(t) and "step" in self._together else 0
        self._steps = before + change
        self._add(t, "step", f"{self._steps:+,} agent{'s' * (abs(self._steps) != 1)}")

    def _reach(self, t: float, value: float, before: int, fewest: int, unit: str) -> int:
        reached = round_below(value)
        if reached > before and reached >= fewest:
            self._add(t, unit, f"{_short(reached)} {unit}")
        return max(before, reached)

    def _is_together(self, t: float) -> bool:
        """It belongs to the newest news."""
        return bool(self.newest) and t < self.newest[-1].t + TOGETHER_S

    def _add(self, t: float, kind: str, text: str) -> None:
        if self._is_together(t):
            t = self.newest.pop().t
        else:
            self._together = {}
        self._together[kind] = text
        self.newest.append(Milestone(t, " · ".join(self._together.values())))


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
