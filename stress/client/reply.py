"""One reply as it streams in: bytes go in, text, tokens and times come out.

This is the fast path: `ReplyReader.feed` runs for every read of every stream. It does not wait, log or validate
more than the types of the fields it uses.
"""

from collections.abc import Callable, Sequence

from stress.client.failures import Failure, Words, name_failure, one_line
from stress.client.meter import Meter
from stress.client.sse import MAX_EVENT, EventStream, EventTooLargeError
from stress.client.wire import NO_CHUNK, Chunk, Usage, decode_chunk, decode_damaged

_DONE = b"[DONE]"


class Reply:
    """What has come of one streamed reply, counted in the worker's meter.

    Args:
        meter: where tokens, TTFT and ITL gaps are added as they come.
        sent_at: clock time when the request was sent.
        generating: called at the first output chunk.
        words: the engines' own for what fails.

    An output chunk is one with content or reasoning text.
    """

    __slots__ = (
        "_ended",
        "_generating",
        "_meter",
        "_reasoning",
        "_text",
        "_words",
        "chunks",
        "done",
        "error",
        "finish_reason",
        "first_at",
        "last_at",
        "read_at",
        "sent_at",
        "usage",
    )

    def __init__(
        self, meter: Meter, sent_at: float, generating: Callable[[], None], words: Sequence[Words] = ()
    ) -> None:
        self._meter = meter
        self._generating = generating
        self._words = words
        self._ended = False
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self.sent_at = sent_at
        self.read_at: float | None = None
        """Clock time of the last read, whatever it held."""
        self.first_at: float | None = None
        self.last_at: float | None = None
        """Clock times of the first and the last output chunk."""
        self.chunks = 0
        """Output chunks so far."""
        self.usage: Usage | None = None
        self.finish_reason: str | None = None
        self.error: Failure | None = None
        """The first error inside the stream."""
        self.done = False
        """`[DONE]` was seen."""

    def add(self, chunk: Chunk, now: float) -> None:
        """Take in one chunk that came at clock time `now`."""
        choices = chunk.choices
        if choices:
            choice = choices[0]
            delta = choice.delta
            if delta is not None:
                content = delta.content
                reasoning = delta.reasoning or delta.reasoning_content
                if content:
                    self._text.append(content)
                if reasoning:
                    self._reasoning.append(reasoning)
                if content or reasoning:
                    self._count(now)
            if choice.finish_reason is not None:
                self.finish_reason = choice.finish_reason
        if chunk.usage is not None:
            self.usage = chunk.usage

    def take_error(self, said: bytes | str) -> None:
        """Name the error that an event of the stream holds, unless one came before."""
        if self.error is None:
            self.error = name_failure(None, said, words=self._words)

    def end(self) -> None:
        """The stream has ended, or we have: correct the count by `usage`. Called again it does nothing."""
        if self._ended:
            return
        self._ended = True
        if self.usage is not None and self.usage.completion_tokens is not None:
            self._meter.tokens += self.usage.completion_tokens - self.chunks

    @property
    def complete(self) -> bool:
        """The reply is all there: some servers close after the finish reason without `[DONE]`."""
        return (self.done or self.finish_reason is not None) and self.error is None

    @property
    def text(self) -> str:
        """What the model said so far."""
        return "".join(self._text)

    @property
    def reasoning(self) -> str:
        """What the model thought so far, where the server keeps it apart."""
        return "".join(self._reasoning)

    def _count(self, now: float) -> None:
        meter = self._meter
        meter.tokens += 1
        meter.last_at = now
        if self.last_at is None:
            self.first_at = now
            meter.ttfts.append(now - self.sent_at)
            self._generating()
        else:
            meter.gaps.append(now - self.last_at)
        self.chunks += 1
        self.last_at = now


class ReplyReader(Reply):
    """A reply that is read from its bytes. Chunks that come in one read have one timestamp."""

    __slots__ = ("_events",)

    def __init__(
        self, meter: Meter, sent_at: float, generating: Callable[[], None], words: Sequence[Words] = ()
    ) -> None:
        super().__init__(meter, sent_at, generating, words)
        self._events = EventStream()

    def feed(self, data: bytes, now: float) -> bool:
        """Take in one read that came at clock time `now`; true once `[DONE]` was seen, or nothing more is wanted."""
        self.read_at = now
        try:
            events = self._events.feed(data)
        except EventTooLargeError:
            self.error = Failure("event_too_large", f"an event of more than {MAX_EVENT >> 20} MiB")
            return True
        for event in events:
            if event == _DONE:
                self.done = True
                continue
            try:
                chunk = decode_chunk(event)
            except NO_CHUNK:
                self._take_damaged(event, now)
                continue
            self.add(chunk, now)
            if not chunk.choices or chunk.error is not None:
                self._look_for_error(event, chunk)
        return self.done

    def end(self) -> None:
        """As `Reply.end`; an unfinished last event is taken if it is whole."""
        for event in self._events.close():
            if event == _DONE:
                self.done = True
                continue
            try:
                chunk = decode_chunk(event)
            except NO_CHUNK:
                continue
            self.add(chunk, self.read_at or self.sent_at)
            self._look_for_error(event, chunk)
        super().end()

    def _look_for_error(self, event: bytes, chunk: Chunk) -> None:
        # Older vLLM put the error's fields at the top: {"object": "error", "message": …}.
        bare = not chunk.choices and chunk.usage is None and b'"error"' in event
        if chunk.error is not None or bare:
            self.take_error(event)

    def _take_damaged(self, event: bytes, now: float) -> None:
        if not event:
            return
        try:
            chunk = decode_damaged(event)
        except NO_CHUNK:
            if self.error is None:
                said = event.decode("utf-8", "replace")
                self.error = Failure("stream_error", one_line(f"an event that is not a chat chunk: {said}"))
            return
        self.add(chunk, now)
        self._look_for_error(event, chunk)
