"""When the server answered nothing but refused connections: from a run's events alone."""

import math

from stress.events import ABANDONED, Pulse, Request

REFUSED = "connection_refused"
SURE_S = 2.0
"""A server that has refused everything for so long is away; a single refusal is not worth a word."""
BEFORE_S = 1.0
"""An agent whose reply broke off tries again after half a second: about then the server had gone."""


class Outage:
    """Grown by the events of all workers. Times are seconds of the run."""

    def __init__(self) -> None:
        self.refused_at: float | None = None
        """The first refusal since anything else came back; None: something else came last."""
        self.newest: Request | None = None
        """The last request that was refused."""
        self._alive_at = 0.0
        self._lost: set[int] = set()
        """Whole seconds that an outage which is over had a part in."""

    def add_pulse(self, pulse: Pulse) -> None:
        """A worker's pulse: tokens show that the server is there."""
        if pulse.tokens > 0 or pulse.ttft:
            self._alive(pulse.t)

    def add_request(self, request: Request) -> None:
        """A request that has ended: a refusal, or any other answer."""
        if request.error == REFUSED:
            self.newest = request
            self.refused_at = request.t if self.refused_at is None else self.refused_at
        elif request.error != ABANDONED:
            self._alive(request.t)

    @property
    def began(self) -> float | None:
        """When the server went, as far as it is known; None: it is there."""
        return None if self.refused_at is None else max(self._alive_at, self.refused_at - BEFORE_S)

    def away(self, now: float) -> bool:
        """The server surely refuses everything."""
        return self.refused_at is not None and now - self.refused_at >= SURE_S

    def touches(self, start: float, end: float) -> bool:
        """An outage had a part in the whole seconds from that of `start` to that of `end`."""
        if self.began is not None and math.floor(end) >= math.floor(self.began):
            return True
        return any(second in self._lost for second in range(math.floor(start), math.floor(end) + 1))

    def _alive(self, t: float) -> None:
        if self.began is not None and self.away(t):
            self._lost.update(range(math.floor(self.began), math.floor(t) + 1))
        self.refused_at, self._alive_at = None, max(t, self._alive_at)
