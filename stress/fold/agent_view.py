"""One agent that a viewer looks at: who it is, what it hears and says, and its numbers. Pure."""

from collections import deque
from collections.abc import Iterable

import msgspec

from stress.events import ABANDONED, Message, Request

TRANSCRIPT_KEPT = 60


class Role(msgspec.Struct, frozen=True):
    """A persona of the scenario."""

    name: str
    who: str


class CastAbout(msgspec.Struct, frozen=True, kw_only=True):
    """Who plays what: the personas in the order of the agents, again from the start when all are given out."""

    personas: tuple[Role, ...]
    lead: Role | None = None
    """The scenario's lead; the first agent is it."""
    lead_every: int | None = None
    """Every so-many-th agent too."""

    def part_of(self, index: int) -> Role | None:
        """The persona of the agent with this index."""
        leads = index == 0 or (self.lead_every is not None and index % self.lead_every == 0)
        if self.lead is not None and leads:
            return self.lead
        return self.personas[index % len(self.personas)] if self.personas else None


class Tally(msgspec.Struct):
    """What an agent has done since the run's start."""

    replies: int = 0
    failed: int = 0
    output_tokens: int = 0
    ttft_ms: float = 0.0
    """All replies' together."""
    e2el_ms: float = 0.0


class AgentView(msgspec.Struct, frozen=True, kw_only=True):
    """The agent at one moment."""

    name: str
    part: Role | None
    replies: int
    failed: int
    output_tokens: int
    mean_ttft_ms: float | None
    mean_e2el_ms: float | None
    inbox: tuple[Message, ...]
    """Mail since it is watched that none of its replies has answered, oldest first."""
    transcript: tuple[Message, ...]
    """What it said and heard, oldest first, at most 60."""


class AgentTracker:
    """Every agent's numbers; of the one that is watched, also its mail."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}
        self._transcript: deque[Message] = deque(maxlen=TRANSCRIPT_KEPT)
        self._inbox: dict[int, Message] = {}
        self.name: str | None = None
        """The watched agent's handle."""

    def look_at(self, name: str | None, talk: Iterable[Message]) -> None:
        """Watch this agent from now on; None: none. `talk`: the newest messages of all."""
        self.name = name
        self._inbox = {}
        self._transcript = deque((message for message in talk if self._concerns(message)), maxlen=TRANSCRIPT_KEPT)

    def add_message(self, message: Message) -> None:
        """Somebody wrote."""
        if self.name is not None and self._concerns(message):
            self._transcript.append(message)
            if self.name in message.to:
                self._inbox[message.id] = message

    def add_request(self, request: Request) -> None:
        """A reply, or a request that failed."""
        tally = self._tallies.setdefault(request.agent, Tally())
        if request.error is None:
            tally.replies += 1
            tally.output_tokens += request.output_tokens
            tally.ttft_ms += request.ttft_ms or 0.0
            tally.e2el_ms += request.e2el_ms or 0.0
        elif request.error != ABANDONED:
            tally.failed += 1
        if request.agent == self.name and request.error is None:
            for number in request.answers:
                self._inbox.pop(number, None)

    def view(self, cast: CastAbout | None) -> AgentView | None:
        """The watched agent now; None: none is."""
        if self.name is None:
            return None
        tally = self._tallies.get(self.name, Tally())
        return AgentView(
            name=self.name,
            part=cast.part_of(int(self.name[1:]) - 1) if cast is not None else None,
            replies=tally.replies,
            failed=tally.failed,
            output_tokens=tally.output_tokens,
            mean_ttft_ms=tally.ttft_ms / tally.replies if tally.replies else None,
            mean_e2el_ms=tally.e2el_ms / tally.replies if tally.replies else None,
            inbox=tuple(self._inbox.values()),
            transcript=tuple(self._transcript),
        )

    def _concerns(self, message: Message) -> bool:
        return self.name is not None and (message.sender == self.name or self.name in message.to)
