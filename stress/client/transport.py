"""How a request's bytes travel: the seam between the client and its transports (`http1`, `aio`).

A transport pushes what comes into a `Sink` by plain calls, so that a faster one can do so straight from
`data_received`: between the socket's read and the counted token there is no task switch.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from stress.client.failures import Failure

Clock = Callable[[], float]
"""A monotonic clock, in seconds."""

TakeBody = Callable[[bytes, float], bool]
"""Takes one read of a response's body and the clock time of that read; true: it wants no more."""

CONNECT_TIMEOUT_S = 30.0
LINGER_S = 0.25
"""How long the end of a response may come after the sink has all that it wants."""


class Sink(Protocol):
    """Who a response is for. Each method is called from the event loop's thread, and none may block."""

    def sending(self, now: float) -> None:
        """The request goes out. Called once more if it is sent again because a reused connection was dead."""

    def head(self, status: int, headers: Mapping[str, str]) -> TakeBody:
        """The response's status and headers (by any case) have come; returns what takes its body."""


class TransportError(Exception):
    """The response did not come, or not whole; `failure` names why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


class Transport(Protocol):
    """Sends requests. One per worker, used by all its agents at once."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, sink: Sink) -> None:
        """Send the request and push its response into the sink; return when it has ended or the sink has enough.

        When cancelled, or when the sink has enough before the response's end, the connection is closed.

        Raises:
            TransportError: no response, or it broke off. What had come before has been pushed.
        """

    async def close(self) -> None:
        """Close every connection."""
