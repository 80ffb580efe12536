"""Who is who: each agent's handle, persona, system prompt and openers, the same for the same seed."""

import random

from stress.scenario.model import Persona, Scenario
from stress.scenario.topology import Topology

INTRODUCED = 6
"""How many neighbours an agent learns by name when it joins; a town hall of 200 would fill its prompt."""


def handle(index: int) -> str:
    """The name that an agent goes by, on screen and in what others write: `a01` for index 0."""
    return f"a{index + 1:02d}"


def index_of(name: str) -> int:
    """The agent's index, from its handle without the @."""
    return int(name[1:]) - 1


class Cast:
    """Casts a scenario's personas; every answer follows from the scenario, the topology and the seed alone."""

    def __init__(self, scenario: Scenario, topology: Topology, seed: int) -> None:
        self._scenario = scenario
        self._topology = topology
        self._seed = seed
        self.order = random.Random(f"cast {seed}").sample(scenario.personas, len(scenario.personas))
        """The personas as agents are given them, one after the other."""

    def persona(self, index: int) -> Persona:
        """Who this agent is: the scenario's lead where the topology puts one, else the next of the personas."""
        if self._scenario.lead is not None and self._topology.lead(index):
            return self._scenario.lead
        return self.order[index % len(self.order)]

    def system_prompt(self, index: int, population: int) -> str:
        """What the agent learns about the scene, itself, and some of those it can write to."""
        persona = self.persona(index)
        lines = [
            self._scenario.setting.strip(),
            f"You are {persona.name}, and others call you @{handle(index)}. {persona.name} is {persona.who}",
        ]
        neighbours = self._topology.neighbours(index, population, self._seed)
        if near := neighbours[:INTRODUCED]:
            names = ", ".join(f"@{handle(other)} ({self.persona(other).name})" for other in near)
            others = len(neighbours) - len(near)
            lines.append(f"You can write to {names}{f' and {others} others' if others else ''}.")
        return "\n\n".join(lines)

    def opener(self, index: int, count: int) -> str:
        """The agent's opener number `count`: it hears all of them, in an order of its own, before one returns."""
        openers = self._scenario.openers
        order = random.Random(f"openers {self._seed} {index} {count // len(openers)}").sample(openers, len(openers))
        return order[count % len(openers)]
