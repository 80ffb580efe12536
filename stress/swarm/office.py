"""The post office: who gets a message."""

import random
import re
from typing import NamedTuple

from stress.scenario.cast import index_of
from stress.scenario.topology import Topology
from stress.swarm.memory import SILENCE

_MENTION = re.compile(r"@(a\d{2,6})\b")


class Mail(NamedTuple):
    """A message in an inbox."""

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
    """Addresses messages: to the neighbours that a text names, else to those in the topology."""

    def __init__(self, topology: Topology, fanout: int | None, seed: int) -> None:
        self._topology = topology
        self._fanout = fanout
        self._seed = seed

    def readers(self, index: int, text: str, population: int, letter: int) -> tuple[int, ...]:
        """The agents that get this text, the `letter`th that agent `index` writes, among `population` agents.

        A name that is no neighbour's is no address: it is left to the topology. Where the scenario has a
        `fanout`, that many of the topology's readers are drawn anew for each letter.
        """
        topology, seed = self._topology, self._seed
        named = dict.fromkeys(index_of(name) for name in _MENTION.findall(text))
        if called := tuple(other for other in named if topology.are_neighbours(index, other, population, seed)):
            return called
        neighbours = topology.neighbours(index, population, seed)
        if self._fanout is None or len(neighbours) <= self._fanout:
            return tuple(neighbours)
        return tuple(random.Random(f"post {seed} {index} {letter}").sample(neighbours, self._fanout))

    def is_alone(self, index: int, population: int) -> bool:
        """The agent has nobody to write to, so nobody will write to it."""
        return not self._topology.neighbours(index, population, self._seed)
