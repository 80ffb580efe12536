"""A run second by second: agents, output tokens, and the best second so far. Pure."""

import math

from stress.limits.outage import Outage
from stress.stats.equal_load import by_agents

UNSETTLED = 5
"""Seconds whose tokens may still be reported."""


class Seconds:
    """Whole seconds on the run's own clock."""

    def __init__(self, outage: Outage) -> None:
        """`outage`: when the server was away."""
        self.all: dict[int, tuple[int, float]] = {}
        """Second → (agents at its end, output tokens in it)."""
        self._newest: list[int] = []
        self._best_before = 0.0
        self._outage = outage
        self._at_agents: tuple[object, tuple[tuple[int, float], ...]] = (None, ())
        """As `at_agents` returned last, and what it was made of."""

    def count(self, second: int, agents: int, tokens: int) -> None:
        """Add tokens to a second. The newest still grow, as several workers report; older ones hardly ever."""
        self.all[second] = agents, self.all.get(second, (0, 0.0))[1] + tokens
        if second not in self._newest:
            self._newest = sorted((*self._newest, second))
            while len(self._newest) > UNSETTLED:
                self._best_before = max(self._best_before, self.all[self._newest.pop(0)][1])

    @property
    def best(self) -> float:
        """Output tokens of the best second so far."""
        return max(self._best_before, *(self.all[second][1] for second in self._newest), 0.0)

    def between(self, start: float, end: float) -> dict[int, tuple[int, float]]:
        """The whole seconds between these moments in order, without those in which the server was away."""
        whole = range(math.ceil(start), math.floor(end))
        there = (second for second in whole if not self._outage.touches(second, second))
        return {second: self.all[second] for second in there if second in self.all}

    def at_agents(self, start: float, end: float) -> tuple[tuple[int, float], ...]:
        """(agents, output tokens a second with so many), a mean over the whole seconds between these moments.

        Asked ten times a second, it is worked out when a second has changed: the same object until then.
        """
        last = math.floor(end)
        newest = [self.all.get(second) for second in range(last - UNSETTLED, last)]
        made_of = start, last, newest, self._outage.began
        if made_of != self._at_agents[0]:
            self._at_agents = made_of, tuple(by_agents(self.between(start, end).values()).items())
        return self._at_agents[1]
