"""A run second by second: agents, output tokens, and the best second so far. Pure."""

UNSETTLED = 5
"""Seconds whose tokens may still be reported."""


class Seconds:
    """Whole seconds on the run's own clock."""

    def __init__(self) -> None:
        self.all: dict[int, tuple[int, float]] = {}
        """Second → (agents at its end, output tokens in it)."""
        self._newest: list[int] = []
        self._best_before = 0.0

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
