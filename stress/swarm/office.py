"""The post office: to whom a message goes."""

import random
import re
from typing import NamedTuple

from stress.scenario.cast import index_of
from stress.scenario.topology import Topology
from stress.swarm.memory import SILENCE

_MENTION = re.compile(r"@(a\d{2,6})\b")


class Mail(NamedTuple):
    """A message as it lies in an inbox."""

    id: int
    sender: str
    """The sender's handle."""
    name: str
    """The sender's name in the scene."""
    text: str
    thoughts: bool = False
    """The text is only what the sender thought."""

    def line(self) -> str:
        """As the reader's prompt shows it."""
        how = ", thinking" if self.thoughts else ""
        return f"{self.sender} ({self.name}){how}: {self.text or SILENCE}"


class PostOffice:
    """Addresses messages: to the neighbours that a text names, else to those whom the topology gives."""

    def __init__(self, topology: Topology, fanout: int | None, seed: int) -> None:
        self._topology = topology
        self._fanout = fanout
        self._seed = seed

    def readers(self, index: int, text: str, population: int, letter: int) -> tuple[int, ...]:
        """The agents that get this text, the `letter`th that agent `index` writes, among `population` agents.

        A name that is no neighbour's is no address: it is left to the topology. Where the scenario has a
        `fanout`, that many of the topology's readers are drawn anew for each letter.
        """
        named = dict.fromkeys(index_of(name) for name in _MENTION.findall(text))
        if called := tuple(other for other in named if self._is_neighbour(index, other, population)):
            return called
        neighbours = self._topology.neighbours(index, population, self._seed)
        if self._fanout is None or len(neighbours) <= self._fanout:
            return tuple(neighbours)
        return tuple(random.Random(f"post {self._seed} {index} {letter}").sample(neighbours, self._fanout))

    def is_alone(self, index: int, population: int) -> bool:
        """The agent has nobody to write to, so nobody will write to it."""
        return len(self._topology.neighbours(index, population, self._seed)) == 0

    def _is_neighbour(self, index: int, other: int, population: int) -> bool:
        if not 0 <= other < population or other == index:
            return False
        return self._topology.are_neighbours(index, other, population, self._seed)
