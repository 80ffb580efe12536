"""One request's life, whatever carries it: send, wait, give up when it stands still, try again where that helps."""

import asyncio
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, TypedDict, Unpack

import msgspec

from stress.client.failures import Failure, FailureName, Words
from stress.client.meter import Meter
from stress.client.reply import Reply
from stress.client.transport import Clock, TransportError
from stress.client.wire import Endpoint, Messages, PromptDetails, Usage

ClientName = Literal["fast", "openai"]
"""Our own client, or the openai SDK that it is held against."""

MAX_RETRY_AFTER_S = 30.0
BACKOFF_START_S = 0.25
BACKOFF_CAP_S = 8.0
QUEUE_PATIENCE = 10
"""A request without a first token waits this many stall times, as long as others' tokens come."""


class Progress:
    """Hears where a request stands; this one ignores it. Called on the fast path: return at once."""

    __slots__ = ()

    def sent(self) -> None:
        """The request was sent; again after each back-off."""

    def generating(self) -> None:
        """Its first output chunk has come."""

    def backing_off(self) -> None:
        """The server is busy: the request waits before it is sent again."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a request ended. Times are in seconds, `start` and `end` on the client's clock.

    TTFT, TPOT and E2EL are those of INTERFACE.md: from sending (the last time) to the first output chunk;
    (E2EL - TTFT) / (output tokens - 1); from sending to the last output chunk. TPOT and E2EL are None for a
    request that failed, all three for a reply without output.
    """

    start: float
    end: float
    """The last output chunk, or when the request failed."""
    ttft: float | None = None
    tpot: float | None = None
    e2el: float | None = None
    text: str = ""
    reasoning: str = ""
    chunks: int = 0
    prompt_tokens: int | None = None
    output_tokens: int = 0
    """The server's `usage`; without one, the number of output chunks (`usage` is then false)."""
    cached_tokens: int | None = None
    usage: bool = False
    finish: str | None = None
    error: FailureName | None = None
    detail: str | None = None
    retries: int = 0
    retried: tuple[FailureName, ...] = ()
    """The failures after which it was sent again."""


class Settings(TypedDict, total=False):
    """What a client can be given beside its endpoint.

    `clock`: seconds, monotonic. `sleep`: waits between attempts. `stall_s`: a reply stands still this long before it
    is given up as `stalled`. `attempts`: how often a request is sent at most while the server is busy (429, 503).
    `rng`: spreads the back-offs. `words`: the engines' own for what fails.
    """

    clock: Clock
    sleep: Callable[[float], Awaitable[object]]
    stall_s: float
    attempts: int
    rng: random.Random
    words: Sequence[Words]


class Client(ABC):
    """Streams chat completions from one endpoint; shared by all the agents of a worker.

    Args:
        endpoint: the server and what to ask of it.
        meter: where tokens and latencies are counted as they come.
        settings: see `Settings`.
    """

    def __init__(self, endpoint: Endpoint, meter: Meter, **settings: Unpack[Settings]) -> None:
        self.endpoint = endpoint
        self.meter = meter
        self.clock = settings.get("clock", time.monotonic)
        self.sleep = settings.get("sleep", asyncio.sleep)
        self.stall_s = settings.get("stall_s", 60.0)
        self.attempts = settings.get("attempts", 6)
        self.rng = settings.get("rng") or random.Random()
        self.words = settings.get("words", ())

    @abstractmethod
    def begin(self, messages: Messages, progress: Progress) -> "Exchange":
        """The request for a reply to these messages; nothing is sent before `Exchange.run`."""

    @abstractmethod
    async def close(self) -> None:
        """Close every connection."""

    def backoff(self, failure: Failure, retries: int) -> float:
        """Seconds to wait before a request is sent again that has been `retries` times already.

        As long as the server asks, else exponential with full jitter, so that a crowd does not return as one.
        """
        if failure.retry_after is not None:
            return min(failure.retry_after, MAX_RETRY_AFTER_S)
        return self.rng.uniform(0, min(BACKOFF_CAP_S, BACKOFF_START_S * 2**retries))


class Exchange(ABC):
    """One request and its reply, including the times that it is sent again."""

    __slots__ = ("_client", "_event_stream", "_progress", "_reply", "_retried")

    _reply_type: type[Reply] = Reply
    _client: Client
    _reply: Reply
    """What has come since the request was last sent."""

    def __init__(self, client: Client, progress: Progress) -> None:
        self._client = client
        self._progress = progress
        self._retried: list[FailureName] = []
        self._event_stream = True
        """The response says that it is an event stream; true before there is one."""
        self._reply = self._new_reply(client.clock())

    async def run(self) -> Outcome:
        """The reply, or how it failed. Raises nothing but CancelledError: the connection is then closed."""
        client = self._client
        while True:
            failure = await self._attempt()
            retries = len(self._retried)
            if failure is None or not failure.retryable or retries + 1 >= client.attempts:
                return self._outcome(failure)
            self._retried.append(failure.name)
            self._progress.backing_off()
            await client.sleep(client.backoff(failure, retries))

    @property
    def chunks(self) -> int:
        """Output chunks that have come since the request was last sent."""
        return self._reply.chunks

    def partial(self, error: FailureName = "abandoned") -> Outcome:
        """What had come when `run` was cancelled; no error if that was the whole reply."""
        self._reply.end()
        return self._outcome(None if self._reply.complete else Failure(error, "cancelled by us"))

    def _new_reply(self, now: float) -> Reply:
        return self._reply_type(self._client.meter, now, self._progress.generating, self._client.words)

    @abstractmethod
    def _send(self) -> Awaitable[None]:
        """Send the request once, with a new `_reply`, and read until the reply ends.

        Raises:
            TransportError: it did not come, or not whole.
        """

    def sending(self, now: float) -> None:
        """The request goes out at clock time `now`."""
        self._reply = self._new_reply(now)
        self._progress.sent()

    async def _attempt(self) -> Failure | None:
        """Send once and read the reply; None if it is whole."""
        loop = asyncio.get_running_loop()
        broken: Failure | None = None
        watch: asyncio.TimerHandle | None = None

        def look() -> None:
            nonlocal watch
            left = self._stall_time_left()
            if left > 0:
                watch = loop.call_later(left, look)  # noqa: F821 (deleted below, once it is not needed)
            else:
                deadline.reschedule(loop.time())

        try:
            async with asyncio.timeout(None) as deadline:
                watch = loop.call_later(self._client.stall_s, look)
                await self._send()
        except TransportError as error:
            broken = error.failure
        except TimeoutError:
            broken = self._stalled()
        finally:
            if watch is not None:
                watch.cancel()
            del look  # it holds itself, and with it all of this request: no garbage collector would come soon
        self._reply.end()
        return self._verdict(broken)

    def _stall_time_left(self) -> float:
        """Seconds until this request counts as stalled, if nothing more comes.

        A reply that has begun must go on. Before that, the request may stand in the server's queue: there any byte,
        or a token of any other request, shows that the server is alive, though not without end.
        """
        client, reply = self._client, self._reply
        now = client.clock()
        if reply.last_at is not None:
            return reply.last_at + client.stall_s - now
        alive = max(reply.sent_at, reply.read_at or 0.0, client.meter.last_at) + client.stall_s
        return min(alive, reply.sent_at + QUEUE_PATIENCE * client.stall_s) - now

    def _stalled(self) -> Failure:
        reply = self._reply
        waited = self._client.clock() - (reply.sent_at if reply.last_at is None else reply.last_at)
        if reply.last_at is None:
            return Failure("stalled", f"no first token for {waited:.0f} s")
        return Failure("stalled", f"no token for {waited:.0f} s after {reply.chunks} chunks")

    def _verdict(self, broken: Failure | None) -> Failure | None:
        """How the attempt went, `broken` being what the transport says; None: the reply is whole."""
        reply = self._reply
        if reply.error is not None:
            return reply.error
        if reply.complete:
            return None
        if broken is not None:
            return broken
        if not self._event_stream and not reply.chunks:
            return Failure("not_a_chat_server", "HTTP 200 without an event stream")
        return Failure("connection_lost", f"the reply was cut off after {reply.chunks} chunks")

    def _outcome(self, failure: Failure | None) -> Outcome:
        reply = self._reply
        usage = reply.usage or Usage()
        details = usage.prompt_tokens_details or PromptDetails()
        counted = usage.completion_tokens
        tokens = reply.chunks if counted is None else counted
        ttft = None if reply.first_at is None else reply.first_at - reply.sent_at
        e2el = None if failure or reply.last_at is None else reply.last_at - reply.sent_at
        ended = reply.last_at if failure is None and reply.last_at is not None else self._client.clock()
        return Outcome(
            start=reply.sent_at,
            end=ended,
            ttft=ttft,
            tpot=None if e2el is None or ttft is None or tokens < 2 else (e2el - ttft) / (tokens - 1),
            e2el=e2el,
            text=reply.text,
            reasoning=reply.reasoning,
            chunks=reply.chunks,
            prompt_tokens=usage.prompt_tokens,
            output_tokens=tokens,
            cached_tokens=details.cached_tokens,
            usage=counted is not None,
            finish=reply.finish_reason,
            error=failure.name if failure else None,
            detail=self._without_key(failure.detail) if failure else None,
            retries=len(self._retried),
            retried=tuple(self._retried),
        )

    def _without_key(self, detail: str) -> str:
        # A server may quote the key it refuses.
        key = self._client.endpoint.api_key
        return detail.replace(key, "[key]") if key else detail
