"""The swarm: who is there, who has mail, and who may write now.

It knows neither HTTP nor tasks nor a clock. A worker passes it the time, gets the agents whose turn it is by
`on_ready`, streams their requests, and brings the outcome back.
"""

import heapq
import random
from collections.abc import Callable, Iterable
from typing import Literal

from stress.client.exchange import Outcome
from stress.events import ABANDONED, AgentState, Message, Request
from stress.scenario.cast import Cast, handle
from stress.scenario.model import Scenario
from stress.scenario.topology import Topology, parse_topology
from stress.swarm.agent import Agent
from stress.swarm.memory import Transcript
from stress.swarm.office import Mail, PostOffice

LONGEST_PAUSE_S = 15.0
"""An agent whose requests keep failing tries again at least this often."""


class Swarm:
    """All agents of one worker. Times are seconds on the worker's clock; messages and requests are numbered."""

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        budget: int,
        on_ready: Callable[[Agent], None],
        on_post: Callable[[Mail, list[int]], None],
        on_move: Callable[[Agent], None],
        first_id: int = 0,
    ) -> None:
        """All that does not change.

        Args:
            scenario: the conversation.
            seed: repeats the cast, the openers and the topology.
            budget: tokens of conversation that an agent remembers.
            on_ready: is called with an agent whose turn it is.
            on_post: is called with mail to agents of other workers.
            on_move: is called with an agent that goes to another worker, and is no more here.
            first_id: messages and requests are numbered from here on.
        """
        self._scenario = scenario
        self._seed = seed
        self._budget = budget
        self._on_ready = on_ready
        self._on_post = on_post
        self._on_move = on_move
        topology: Topology = parse_topology(scenario.topology)
        self._cast = Cast(scenario, topology, seed)
        self._office = PostOffice(topology, scenario.fanout, seed)
        self._agents: dict[int, Agent] = {}
        self._due: list[tuple[float, int]] = []
        self._changed: dict[int, int] = {}
        self._population = 0
        self._rate: float | None = None
        self._closed = False
        self._message_ids = self._request_ids = first_id
        self.in_flight = 0

    @property
    def present(self) -> int:
        """Agents of this worker, those that finish their last reply included."""
        return len(self._agents)

    def steer(self, population: int, rate: float | None, join: Iterable[int], leave: Iterable[int], now: float) -> None:
        """Change who is here.

        Args:
            population: agents of the whole swarm, those of other workers included.
            rate: messages a minute that each may write; None: no cap.
            join: indices of the agents that come to this worker.
            leave: indices of agents of this worker that finish their reply and go.
            now: the time.
        """
        self._population, self._rate = population, rate
        for index in leave:
            agent = self._agents.get(index)
            if agent is None:  # on its way to another worker, where it will not arrive
                self._changed[index] = AgentState.GONE
            elif agent.busy:
                agent.leaving = True
            else:
                self._remove(agent)
        for index in join:
            self._join(index, now)

    def hand_over(self, agents: Iterable[int], order: int) -> None:
        """Send these agents of this worker to another one, each when its reply has ended."""
        for index in agents:
            agent = self._agents[index]
            agent.moving = order
            if not agent.busy:
                self._move(agent)

    def take_over(self, agent: Agent) -> None:
        """Go on with an agent that another worker has handed over."""
        agent.moving = None
        self._agents[agent.index] = agent
        self.set_state(agent, agent.state)
        if agent.due is not None:
            self._look_at(agent, agent.due)
        else:
            self._make_ready(agent)

    def deliver(self, mail: Mail, to: Iterable[int], now: float) -> None:
        """Put mail from another worker's agent into these inboxes; whoever has left meanwhile does not get it.

        Mail for an agent that has moved meanwhile follows it.
        """
        self._deliver_to([index for index in to if self._is_staying(index)], mail, now)

    def close(self) -> None:
        """Begin no more turns."""
        self._closed = True

    def tick(self, now: float) -> None:
        """Look at the agents whose time has come: a rate cap that ends, or a silence that lasted too long."""
        while self._due and self._due[0][0] <= now:
            due, index = heapq.heappop(self._due)
            agent = self._agents.get(index)
            if agent is None or agent.due != due:
                continue  # it has left, or something happened since this was noted
            agent.due = None
            if not agent.has_something_to_say:
                self._give_opener(agent)
            self._make_ready(agent)

    def may_begin(self, agent: Agent) -> bool:
        """An agent that was ready may still begin its turn: it has not left and the swarm is not closed."""
        return not self._closed and self._agents.get(agent.index) is agent

    def begin(self, agent: Agent, now: float) -> tuple[list[dict[str, str]], int]:
        """The agent reads its mail: the prompt of its turn, and how many messages did not fit into it."""
        agent.busy = True
        unread = agent.read()
        agent.transcript.fit(self._scenario.reply.max_tokens)
        agent.may_write_at = now + 60 / self._rate if self._rate else now
        return agent.transcript.prompt(), unread

    def set_state(self, agent: Agent, state: AgentState) -> None:
        """The agent does this from now on."""
        was = agent.in_flight
        agent.state = state
        self.in_flight += agent.in_flight - was
        self._changed[agent.index] = state

    def end(self, agent: Agent, outcome: Outcome, unread: int, now: float) -> tuple[Request, Message | None]:
        """The turn is over: what is to be recorded. The reply is in its readers' inboxes when this returns."""
        agent.busy = False
        self._request_ids += 1
        request = _request(self._request_ids, agent, outcome, unread)
        if outcome.error is None:
            message = self._post(agent, outcome, request.instead == "thoughts", now)
        else:
            message = None
            self._fail(agent, outcome.error, now)
        if agent.leaving:
            self._remove(agent)
            return request, message
        if outcome.error is None:
            self._rest(agent, now)
        if agent.moving is not None and not self._closed:
            self._move(agent)
        return request, message

    def take_changes(self) -> tuple[tuple[int, int], ...]:
        """The agents whose state changed since the last call, as (index, AgentState)."""
        changes = tuple(self._changed.items())
        self._changed = {}
        return changes

    def _join(self, index: int, now: float) -> None:
        present = self._agents.get(index)
        if present is not None:  # it was about to leave and is asked to stay
            present.leaving, present.moving = False, None
            return
        persona = self._cast.persona(index)
        transcript = Transcript(self._cast.system_prompt(index, self._population), self._budget)
        agent = Agent(index, handle(index), persona.name, transcript)
        self._agents[index] = agent
        # Under a rate cap the first messages are spread over one interval, or the swarm would write in volleys.
        spread = random.Random(f"join {self._seed} {index}").random()
        agent.may_write_at = now + (60 / self._rate * spread if self._rate else 0.0)
        self._give_opener(agent)
        self._wake(agent, now)

    def _remove(self, agent: Agent) -> None:
        self.set_state(agent, AgentState.GONE)
        del self._agents[agent.index]

    def _move(self, agent: Agent) -> None:
        del self._agents[agent.index]
        self._changed.pop(agent.index, None)  # its new worker reports its state, maybe before we would
        self._on_move(agent)

    def _give_opener(self, agent: Agent) -> None:
        agent.inbox.append(self._cast.opener(agent.index, agent.openers))
        agent.openers += 1

    def _wake(self, agent: Agent, now: float) -> None:
        """The agent has something to say: now, or when it may."""
        if agent.may_write_at <= now:
            self._make_ready(agent)
        else:
            if agent.state is AgentState.IDLE:
                self.set_state(agent, AgentState.THINKING)
            self._look_at(agent, agent.may_write_at)

    def _make_ready(self, agent: Agent) -> None:
        agent.due = None
        self.set_state(agent, AgentState.THINKING)
        self._on_ready(agent)

    def _look_at(self, agent: Agent, due: float) -> None:
        agent.due = due
        heapq.heappush(self._due, (due, agent.index))

    def _rest(self, agent: Agent, now: float) -> None:
        """After a reply: answer what has come meanwhile, or wait for mail, but not for ever."""
        self.set_state(agent, AgentState.IDLE)
        if agent.inbox:
            self._wake(agent, now)
        elif self._office.is_alone(agent.index, self._population):
            self._give_opener(agent)
            self._wake(agent, now)
        else:
            self._look_at(agent, max(agent.may_write_at, now + self._scenario.patience))

    def _post(self, agent: Agent, outcome: Outcome, thoughts: bool, now: float) -> Message | None:
        """Deliver the reply. One without text is delivered as well: the talk must not die of it."""
        said = outcome.reasoning if thoughts else outcome.text
        agent.failures = 0
        agent.answering = []
        agent.transcript.say(f"(thinking) {said}" if thoughts else said)
        if outcome.prompt_tokens is not None:
            agent.transcript.learn(outcome.prompt_tokens, outcome.output_tokens)
        population = max(self._population, agent.index + 1)  # it may be the last letter of one who leaves
        # A name that was only thought of is no address.
        readers = self._office.readers(agent.index, outcome.text, population, agent.letters)
        readers = tuple(reader for reader in readers if self._is_staying(reader))
        if not readers:
            return None
        agent.letters += 1
        self._message_ids += 1
        mail = Mail(self._message_ids, agent.handle, agent.name, said.strip(), thoughts)
        self._deliver_to(readers, mail, now)
        return Message(
            t=now,
            id=mail.id,
            sender=agent.handle,
            to=tuple(handle(index) for index in readers),
            text=mail.text,
            request=self._request_ids,
            thoughts=thoughts,
        )

    def _is_staying(self, index: int) -> bool:
        agent = self._agents.get(index)
        return not agent.leaving if agent is not None else index < self._population

    def _deliver_to(self, readers: Iterable[int], mail: Mail, now: float) -> None:
        elsewhere = [index for index in readers if index not in self._agents]
        if elsewhere:
            self._on_post(mail, elsewhere)
        for index in readers:
            if (reader := self._agents.get(index)) is not None:
                reader.inbox.append(mail)
                if reader.state is AgentState.IDLE:
                    self._wake(reader, now)

    def _fail(self, agent: Agent, error: str, now: float) -> None:
        """The mail stays unanswered in the transcript; the agent tries again, more and more patiently."""
        if error == ABANDONED:  # we gave it up, since the run ends
            self.set_state(agent, AgentState.IDLE)
            return
        self.set_state(agent, AgentState.FAILED)
        if error == "context_exceeded":
            agent.transcript.shed()
        agent.failures += 1
        pause = min(LONGEST_PAUSE_S, 0.25 * 2**agent.failures)
        self._look_at(agent, max(agent.may_write_at, now + pause))


def _instead(outcome: Outcome) -> Literal["thoughts", "nothing"] | None:
    if outcome.error is not None or outcome.text.strip():
        return None
    return "thoughts" if outcome.reasoning.strip() else "nothing"


_AS_MEASURED = "start prompt_tokens output_tokens cached_tokens usage chunks finish error detail retries".split()
"""Fields of an Outcome that a Request holds under the same name."""


def _request(number: int, agent: Agent, outcome: Outcome, unread: int) -> Request:
    def ms(seconds: float | None) -> float | None:
        return None if seconds is None else round(seconds * 1000, 3)

    return Request(
        t=outcome.end,
        id=number,
        agent=agent.handle,
        ttft_ms=ms(outcome.ttft),
        tpot_ms=ms(outcome.tpot),
        e2el_ms=ms(outcome.e2el),
        instead=_instead(outcome),
        answers=tuple(agent.answering),
        unread=unread,
        **{field: getattr(outcome, field) for field in _AS_MEASURED},
    )
