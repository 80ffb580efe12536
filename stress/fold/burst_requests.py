"""How far each request of a burst is: of every agent its newest one."""

import msgspec

from stress.events import AgentState, Pulse, Request
from stress.scenario.cast import index_of

OPEN, REPLIED, FAILED = range(3)
"""What became of a request: nothing yet, a reply, or a failure."""


class BurstRequests(msgspec.Struct, frozen=True):
    """The newest request of each agent, by the agent's index."""

    tokens: tuple[int | None, ...] = ()
    """Output tokens so far; None: not known, as in records that do not hold them."""
    ended: bytes = b""
    """`OPEN`, `REPLIED` or `FAILED`."""


class RequestTracker:
    """Follows the requests of a burst, event by event."""

    def __init__(self) -> None:
        self._tokens: list[int | None] = []
        self._ended = bytearray()
        self._view: BurstRequests | None = BurstRequests()

    def add_pulse(self, pulse: Pulse) -> None:
        """Requests that were sent since the last pulse, and the tokens that have come of those on their way."""
        for index, state in pulse.cells:
            if state in (AgentState.WAITING, AgentState.GENERATING) and (self._room(index) or self._ended[index]):
                self._set(index, None, OPEN)
        for index, tokens in pulse.streamed:
            self._room(index)
            self._set(index, tokens, OPEN)

    def add_request(self, request: Request) -> None:
        """A request has ended."""
        index = index_of(request.agent)
        self._room(index)
        self._set(index, request.output_tokens, REPLIED if request.error is None else FAILED)

    def view(self) -> BurstRequests:
        """All of them; the same object while nothing changes."""
        if self._view is None:
            self._view = BurstRequests(tuple(self._tokens), bytes(self._ended))
        return self._view

    def _room(self, index: int) -> bool:
        """Have a place for this agent; returns whether it is new."""
        missing = index + 1 - len(self._tokens)
        if missing <= 0:
            return False
        self._tokens.extend([None] * missing)
        self._ended.extend(bytes(missing))
        return True

    def _set(self, index: int, tokens: int | None, ended: int) -> None:
        self._tokens[index], self._ended[index], self._view = tokens, ended, None
