"""One chat completion from its messages to its outcome: send, read, name what fails, try again where that helps."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import msgspec

from stress.client.failures import Failure, FailureName, name_failure
from stress.client.meter import Meter
from stress.client.reply import ReplyReader
from stress.client.transport import Clock, TakeBody, Transport, TransportError
from stress.client.wire import Endpoint, Messages, request_body, request_headers

MAX_RETRY_AFTER_S = 30.0
BACKOFF_START_S = 0.25
BACKOFF_CAP_S = 8.0
MAX_ERROR_BODY = 64 * 1024
QUEUE_PATIENCE = 10
"""A request without a first token waits this many stall times, as long as others' tokens come."""


class Progress(Protocol):
    """Is told where a request stands. Called on the fast path: return at once."""

    def sent(self) -> None:
        """The request was sent; again after each back-off."""
        ...

    def generating(self) -> None:
        """Its first output chunk has come."""
        ...

    def backing_off(self) -> None:
        """The server is busy: the request waits before it is sent again."""
        ...


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


class ChatClient:
    """Streams chat completions from one endpoint; shared by all the agents of a worker.

    Args:
        endpoint: the server and what to ask of it.
        transport: carries the bytes; the caller closes it.
        meter: where tokens and latencies are counted as they come.
        clock: the transport's clock.
        sleep: waits between attempts.
        stall_s: a reply stands still this long before it is given up as `stalled`.
        attempts: how often a request is sent at most while the server is busy (429, 503).
        rng: spreads the back-offs.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        transport: Transport,
        meter: Meter,
        *,
        clock: Clock = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        stall_s: float = 60.0,
        attempts: int = 6,
        rng: random.Random | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.transport = transport
        self.meter = meter
        self.clock = clock
        self.sleep = sleep
        self.stall_s = stall_s
        self.attempts = attempts
        self.rng = rng or random.Random()
        self.headers = request_headers(endpoint)

    def begin(self, messages: Messages, progress: Progress) -> "Exchange":
        """The request for a reply to these messages; nothing is sent before `Exchange.run`."""
        return Exchange(self, request_body(self.endpoint, messages), progress)

    def backoff(self, failure: Failure, retries: int) -> float:
        """Seconds to wait before a request is sent again that has been `retries` times already.

        As long as the server asks, else exponential with full jitter, so that a crowd does not return as one.
        """
        if failure.retry_after is not None:
            return min(failure.retry_after, MAX_RETRY_AFTER_S)
        return self.rng.uniform(0, min(BACKOFF_CAP_S, BACKOFF_START_S * 2**retries))


class Exchange:
    """One request and its reply, including the times that it is sent again. It is its own transport's sink."""

    __slots__ = (
        "_body",
        "_client",
        "_error_body",
        "_event_stream",
        "_progress",
        "_reader",
        "_retried",
        "_retry_after",
        "_status",
    )

    def __init__(self, client: ChatClient, body: bytes, progress: Progress) -> None:
        self._client = client
        self._body = body
        self._progress = progress
        self._retried: list[FailureName] = []
        self._reader = self._new_reader(client.clock())
        self._status: int | None = None
        self._retry_after: str | None = None
        self._error_body: bytearray | None = None
        """The body of a response that is no stream."""
        self._event_stream = True

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

    def partial(self, error: FailureName = "abandoned") -> Outcome:
        """What had come when `run` was cancelled; no error if that was the whole reply."""
        self._reader.end()
        return self._outcome(None if self._reader.complete else Failure(error, "cancelled by us"))

    def sending(self, now: float) -> None:
        """See `Sink.sending`."""
        self._reader = self._new_reader(now)
        self._status = self._error_body = self._retry_after = None
        self._progress.sent()

    def head(self, status: int, headers: Mapping[str, str]) -> TakeBody:
        """See `Sink.head`."""
        self._status = status
        content_type = headers.get("Content-Type", "").lower()
        self._event_stream = content_type.startswith("text/event-stream")
        if status == 200 and not content_type.startswith(("text/html", "application/json")):
            return self._reader.feed
        self._retry_after = headers.get("Retry-After")
        self._error_body = bytearray()
        return self._take_error

    def _new_reader(self, now: float) -> ReplyReader:
        return ReplyReader(self._client.meter, now, self._progress.generating)

    def _take_error(self, data: bytes, now: float) -> bool:
        assert self._error_body is not None
        self._error_body += data[: MAX_ERROR_BODY - len(self._error_body)]
        return len(self._error_body) >= MAX_ERROR_BODY

    async def _attempt(self) -> Failure | None:
        """Send once and read the reply; None if it is whole."""
        client = self._client
        loop = asyncio.get_running_loop()
        broken: Failure | None = None
        watch: asyncio.TimerHandle | None = None

        def look() -> None:
            nonlocal watch
            left = self._stall_time_left()
            if left > 0:
                watch = loop.call_later(left, look)
            else:
                deadline.reschedule(loop.time())

        try:
            async with asyncio.timeout(None) as deadline:
                watch = loop.call_later(client.stall_s, look)
                await client.transport.post(client.endpoint.chat_url, client.headers, self._body, self)
        except TransportError as error:
            broken = error.failure
        except TimeoutError:
            broken = self._stalled()
        finally:
            if watch is not None:
                watch.cancel()
        self._reader.end()
        return self._verdict(broken)

    def _stall_time_left(self) -> float:
        """Seconds until this request counts as stalled, if nothing more comes.

        A reply that has begun must go on by itself. Before, the request may stand in the server's queue: there any
        byte, or a token of any other request, shows that the server is alive, though not without end.
        """
        client, reader = self._client, self._reader
        now = client.clock()
        if reader.last_at is not None:
            return reader.last_at + client.stall_s - now
        alive = max(reader.sent_at, reader.read_at or 0.0, client.meter.last_at) + client.stall_s
        return min(alive, reader.sent_at + QUEUE_PATIENCE * client.stall_s) - now

    def _stalled(self) -> Failure:
        reader = self._reader
        waited = self._client.clock() - (reader.sent_at if reader.last_at is None else reader.last_at)
        if reader.last_at is None:
            return Failure("stalled", f"no first token for {waited:.0f} s")
        return Failure("stalled", f"no token for {waited:.0f} s after {reader.chunks} chunks")

    def _verdict(self, broken: Failure | None) -> Failure | None:
        reader = self._reader
        if self._error_body is not None:
            return self._name_error(bytes(self._error_body))
        if reader.error is not None:
            return reader.error
        if reader.complete:
            return None
        if broken is not None:
            return broken
        if not self._event_stream and not reader.chunks:
            return Failure("not_a_chat_server", "HTTP 200 without an event stream")
        return Failure("connection_lost", f"the reply broke off after {reader.chunks} chunks")

    def _name_error(self, body: bytes) -> Failure:
        status = self._status
        # Some gateways answer 200 with an error object in place of a stream.
        if status == 200 and b'"error"' in body:
            return name_failure(None, body)
        return name_failure(status, body, self._retry_after)

    def _outcome(self, failure: Failure | None) -> Outcome:
        reader = self._reader
        usage = reader.usage
        counted = usage is not None and usage.completion_tokens is not None
        tokens = usage.completion_tokens if usage and usage.completion_tokens is not None else reader.chunks
        details = usage.prompt_tokens_details if usage else None
        ttft = None if reader.first_at is None else reader.first_at - reader.sent_at
        e2el = None if failure or reader.last_at is None else reader.last_at - reader.sent_at
        ended = reader.last_at if failure is None and reader.last_at is not None else self._client.clock()
        return Outcome(
            start=reader.sent_at,
            end=ended,
            ttft=ttft,
            tpot=None if e2el is None or ttft is None or tokens < 2 else (e2el - ttft) / (tokens - 1),
            e2el=e2el,
            text=reader.text,
            reasoning=reader.reasoning,
            chunks=reader.chunks,
            prompt_tokens=usage.prompt_tokens if usage else None,
            output_tokens=tokens,
            cached_tokens=details.cached_tokens if details else None,
            usage=counted,
            finish=reader.finish_reason,
            error=failure.name if failure else None,
            detail=self._without_key(failure.detail) if failure else None,
            retries=len(self._retried),
            retried=tuple(self._retried),
        )

    def _without_key(self, detail: str) -> str:
        # A server may quote the key it refuses.
        key = self._client.endpoint.api_key
        return detail.replace(key, "[key]") if key else detail
