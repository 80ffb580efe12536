"""Which worker an agent lives in. Pure but for its own state."""

from collections.abc import Iterable


class Placement:
    """Places agents, which are numbered from 0, on workers, so that each has about as many as the others."""

    def __init__(self) -> None:
        self._homes: list[int] = []
        """The worker of each agent, by the agent's index."""
        self._loads: dict[int, int] = {}
        self._former: dict[int, int] = {}
        """Where agents lived that have left: they may still be there, finishing their last reply."""

    @property
    def population(self) -> int:
        """Agents that are placed."""
        return len(self._homes)

    def add_worker(self, worker: int) -> None:
        """New agents may be placed here from now on."""
        self._loads[worker] = 0

    def home(self, agent: int) -> int:
        """The worker that this agent lives in."""
        return self._homes[agent]

    def grow_to(self, population: int) -> dict[int, list[int]]:
        """Place agents until there are so many; gives the new ones by worker."""
        return self._place(range(len(self._homes), population))

    def shrink_to(self, population: int) -> dict[int, list[int]]:
        """Take the last agents away until there are so many; gives those that leave, by worker."""
        leaving: dict[int, list[int]] = {}
        while len(self._homes) > population:
            worker = self._homes.pop()
            self._loads[worker] -= 1
            self._former[len(self._homes)] = worker
            leaving.setdefault(worker, []).append(len(self._homes))
        return leaving

    def lose_worker(self, worker: int) -> list[int]:
        """The worker is gone; gives the agents that lived there. They need `move` once another worker is there."""
        del self._loads[worker]
        return [agent for agent, home in enumerate(self._homes) if home == worker]

    def move(self, agents: Iterable[int]) -> dict[int, list[int]]:
        """Place agents anew whose worker is gone; gives them by their new worker."""
        return self._place(agent for agent in agents if agent < len(self._homes))

    def _place(self, agents: Iterable[int]) -> dict[int, list[int]]:
        joining: dict[int, list[int]] = {}
        for agent in agents:
            worker = self._former.pop(agent, -1)
            if worker not in self._loads:
                worker = min(self._loads, key=lambda one: (self._loads[one], one))
            self._loads[worker] += 1
            if agent == len(self._homes):
                self._homes.append(worker)
            else:
                self._homes[agent] = worker
            joining.setdefault(worker, []).append(agent)
        return joining
