"""Which worker an agent lives in. Pure but for its own state."""

from collections.abc import Collection, Iterable


class Placement:
    """Places agents, which are numbered from 0, on workers, so that each has about as many as the others.

    An agent has one home, or waits for one: where its worker was lost, or none is there yet.
    """

    def __init__(self) -> None:
        self._homes: list[int | None] = []
        """The worker of each agent, by the agent's index."""
        self._loads: dict[int, int] = {}
        self._former: dict[int, int] = {}
        """Where agents lived that have left: they may still be there, finishing their last reply."""
        self._moving: dict[int, int] = {}
        """The order to move that an agent's home has for it."""

    @property
    def population(self) -> int:
        """Agents, those that wait included."""
        return len(self._homes)

    @property
    def workers(self) -> Collection[int]:
        """The workers that are there."""
        return self._loads.keys()

    @property
    def waiting(self) -> list[int]:
        """The agents without a worker."""
        return [agent for agent, home in enumerate(self._homes) if home is None]

    @property
    def moving(self) -> bool:
        """Some agent is still to be handed over."""
        return bool(self._moving)

    def home(self, agent: int) -> int | None:
        """The worker that this agent lives in; None while it waits for one."""
        return self._homes[agent]

    def grow_to(self, population: int) -> dict[int, list[int]]:
        """Add agents until there are so many; returns those that have a home, by worker."""
        new = range(len(self._homes), population)
        self._homes += [None] * len(new)
        return self._place(new)

    def shrink_to(self, population: int) -> dict[int, list[int]]:
        """Take the last agents away until there are so many; returns those that leave a home, by worker."""
        leaving: dict[int, list[int]] = {}
        while len(self._homes) > population:
            home, agent = self._homes.pop(), len(self._homes)
            self._moving.pop(agent, None)
            if home is not None:
                self._loads[home] -= 1
                self._former[agent] = home
                leaving.setdefault(home, []).append(agent)
        return leaving

    def gone(self, agents: Iterable[int]) -> None:
        """These have finished their last reply: nothing binds them to where they lived."""
        for agent in agents:
            self._former.pop(agent, None)

    def add_worker(self, worker: int) -> dict[int, list[int]]:
        """Agents may be placed here from now on; returns those that waited, by their new home."""
        self._loads[worker] = 0
        return self._place(self.waiting)

    def lose_worker(self, worker: int) -> int:
        """The worker is gone, and its agents wait; returns how many they are."""
        for agent, home in enumerate(self._homes):
            if home == worker:
                self._homes[agent] = None
                self._moving.pop(agent, None)
        return self._loads.pop(worker)

    def even_out(self, order: int) -> dict[int, list[int]]:
        """Returns the agents that crowded workers are to hand over, by worker; `order` is a number not used before.

        They are drawn evenly from all of a worker's agents, so that a swarm that shrinks stays even.
        """
        share = -(-sum(self._loads.values()) // max(1, len(self._loads)))
        moves: dict[int, list[int]] = {}
        for worker in self._loads:
            there = [agent for agent, home in enumerate(self._homes) if home == worker and agent not in self._moving]
            surplus = len(there) - share
            if surplus > 0:
                moves[worker] = [there[number * len(there) // surplus] for number in range(surplus)]
                self._moving.update(dict.fromkeys(moves[worker], order))
        return moves

    def hand_over(self, agent: int, order: int | None) -> int | None:
        """The agent has been handed over on this order: returns its new home, None where it was called off."""
        home = self._homes[agent] if agent < len(self._homes) else None
        if home is None or self._moving.get(agent) != order:
            return None
        del self._moving[agent]
        self._loads[home] -= 1
        (new,) = self._place([agent])
        return new

    def _place(self, agents: Iterable[int]) -> dict[int, list[int]]:
        joining: dict[int, list[int]] = {}
        for agent in agents if self._loads else ():
            worker = self._former.pop(agent, -1)
            if worker not in self._loads:
                worker = min(self._loads, key=lambda one: (self._loads[one], one))
            self._loads[worker] += 1
            self._homes[agent] = worker
            joining.setdefault(worker, []).append(agent)
        return joining
