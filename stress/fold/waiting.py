"""Who waits for a first token, and for how long: from the changes of the agents' cells alone. Pure."""

from collections.abc import Iterable

import msgspec

from stress.events import AgentState


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """The agents whose requests have been sent and have got no output yet."""

    agents: int = 0
    longest_s: float | None = None
    """Seconds that the longest of them has waited; None: nobody waits."""


class WaitingLine:
    """Keeps since when each of them has waited, the longest first."""

    def __init__(self) -> None:
        # A dict keeps its order, and events come in the order of their times: the first has waited longest.
        self._since: dict[int, float] = {}

    def add(self, t: float, cells: Iterable[tuple[int, int]]) -> None:
        """Agents have changed their state, as (agent's index, AgentState).

        One that is reported as waiting once more has had its reply, and sent the next request, since the pulse before.
        """
        for index, state in cells:
            self._since.pop(index, None)
            if state == AgentState.WAITING:
                self._since[index] = t

    def now(self, t: float) -> Waiting:
        """Who waits at this moment of the run."""
        if not self._since:
            return Waiting()
        return Waiting(agents=len(self._since), longest_s=max(0.0, t - next(iter(self._since.values()))))
