"""A swarm without a server: the test is the clock and writes the replies."""

from collections import deque

from stress.client.exchange import Outcome
from stress.events import AgentState, Message, Request
from stress.scenario.model import Scenario
from stress.swarm.agent import Agent
from stress.swarm.office import Mail
from stress.swarm.swarm import Swarm


def make_scenario(topology: str = "ring", **changes) -> Scenario:
    """A small scenario; `changes` are fields of it."""
    page = {
        "name": "test",
        "title": "Test",
        "about": "For tests.",
        "topology": topology,
        "memory": 1000,
        "patience": "4s",
        "setting": "You are here.",
        "personas": [{"name": name, "is": f"called {name}."} for name in ("Ada", "Bo", "Cleo")],
        "openers": [f"Opener number {number}." for number in range(10)],
    }
    return Scenario.model_validate(page | changes)


class Town:
    """Drives a swarm by hand: `begin` an agent's turn, then `reply` or `fail` it."""

    def __init__(self, scenario: Scenario, seed: int = 1) -> None:
        self.now = 0.0
        self.ready: deque[Agent] = deque()
        self.posted: list[tuple[Mail, list[int]]] = []
        self.moved: list[Agent] = []
        ready, moved = self.ready.append, self.moved.append
        self.swarm = Swarm(scenario, seed, scenario.memory, ready, lambda *post: self.posted.append(post), moved)
        self.population = 0
        self.prompts: dict[str, list[dict[str, str]]] = {}
        self.unread: dict[str, int] = {}
        self.flying: dict[str, Agent] = {}

    def steer(self, agents: int, rate: float | None = None) -> None:
        was, self.population = self.population, agents
        self.swarm.steer(agents, rate, range(was, agents), range(agents, was), self.now)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.swarm.tick(self.now)

    def begin(self) -> str | None:
        """The next agent whose turn it is sends its request; gives its handle."""
        while self.ready:
            agent = self.ready.popleft()
            if self.swarm.may_begin(agent):
                self.prompts[agent.handle], self.unread[agent.handle] = self.swarm.begin(agent, self.now)
                self.swarm.set_state(agent, AgentState.WAITING)
                self.flying[agent.handle] = agent
                return agent.handle
        return None

    def begin_all(self) -> list[str]:
        return list(iter(self.begin, None))

    def reply(self, handle: str, text: str = "Well said.", **changes) -> tuple[Request, Message | None]:
        outcome = {"start": self.now, "end": self.now, "text": text, "output_tokens": 3, "prompt_tokens": 50}
        agent = self.flying.pop(handle)
        return self.swarm.end(agent, Outcome(**outcome | changes), self.unread[handle], self.now)

    def fail(self, handle: str, error: str = "connection_lost") -> Request:
        return self.reply(handle, "", error=error, output_tokens=0, prompt_tokens=None)[0]

    def heard(self, handle: str) -> str:
        """The newest user turn of the agent's last prompt."""
        return self.prompts[handle][-1]["content"]
