"""A chat server that misbehaves as it is told, and remembers what it was asked.

In a test:

    async with FakeChatServer(stream("a b c".split()), error(503, "busy")) as server:
        ...                       # point a client at server.url
    server.received[0].messages   # what the first request said

Replies are given in order, one a request, and the last one repeats; or pass one function that makes the reply from
what was received. Without any, every request is answered by `stream(DEFAULT_WORDS)`. A reply's parts are written
as they stand, so a test decides about every byte; an `asyncio.Event` among them holds the reply until the test
sets it or the client hangs up. `GET /v1/models` lists `models`; `pages` has the replies to other paths.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

DEFAULT_WORDS = ("Hello", " from", " the", " fake", " server.")

Role = bytes | asyncio.Event


@dataclass
class Received:
    """One request as it came; `nth` counts from 0 on its connection."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    nth: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def messages(self) -> list[dict[str, str]]:
        messages: list[dict[str, str]] = self.json["messages"]
        return messages


@dataclass
class Reply:
    """What the server does with one request.

    `end` is what follows the parts: `keep` ends the body and keeps the connection, `close` ends the body and closes
    without having said so, `cut` closes in the middle of the body, `reset` does so with a TCP reset. `drop` closes
    before the first byte of a response. Framing `close` sends no length: the connection's end is the body's end.
    """

    parts: Sequence[Role] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/event-stream"})
    framing: Literal["chunked", "length", "close"] = "chunked"
    end: Literal["keep", "close", "cut", "reset", "drop"] = "keep"

    def but(self, **changes: Any) -> "Reply":
        """The same reply with these fields changed."""
        return replace(self, **changes)

    def split(self, size: int) -> "Reply":
        """The same bytes, cut anew into parts of this many bytes."""
        data = b"".join(part for part in self.parts if isinstance(part, bytes))
        return self.but(parts=[data[at : at + size] for at in range(0, len(data), size)])

    def holding(self, event: asyncio.Event, after: int) -> "Reply":
        """The same reply, held by the event after this many parts."""
        return self.but(parts=[*self.parts[:after], event, *self.parts[after:]])


DROP = Reply(end="drop")
"""The connection closes without an answer."""


def sse(data: Any, newline: str = "\n") -> bytes:
    """One event that holds the data: a string as it is, anything else as JSON."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"data: {text}{newline}{newline}".encode()


def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    """A chunk as engines send it, with fields that nobody reads."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1760000000,
        "model": "fake-model",
        "choices": [choice],
    }


def stream(
    words: Iterable[str],
    *,
    usage: dict[str, Any] | int | None = -1,
    finish: str | None = "stop",
    done: bool = True,
    field: str = "content",
    newline: str = "\n",
    ping: bool = False,
) -> Reply:
    """A streamed reply with one word a chunk.

    Args:
        words: the text of each output chunk.
        usage: the `usage` object, or only its completion tokens (-1: one a word); None: none is sent.
        finish: the finish reason; None: none is sent.
        done: whether `[DONE]` ends the stream.
        field: the field of the text, `content`, `reasoning` or `reasoning_content`.
        newline: the line end.
        ping: a comment stands before each event.
    """
    words = list(words)
    events: list[Any] = [chunk({"role": "assistant", "content": None})]
    events += [chunk({field: word}) for word in words]
    if finish:
        events.append(chunk({}, finish))
    if isinstance(usage, int):
        count = len(words) if usage < 0 else usage
        usage = {"prompt_tokens": 7, "completion_tokens": count, "total_tokens": 7 + count}
    if usage is not None:
        events.append({**chunk({}), "choices": [], "usage": usage})
    if done:
        events.append("[DONE]")
    before = f": ping{newline}{newline}".encode() if ping else b""
    return Reply([before + sse(event, newline) for event in events])


def error(status: int, body: Any, *, retry_after: str | None = None) -> Reply:
    """An error response: a dict as JSON, a string that starts with `<` as HTML, any other as the message of vLLM's."""
    if isinstance(body, str) and body.startswith("<"):
        headers, text = {"Content-Type": "text/html"}, body
    else:
        value = {"error": {"message": body, "type": "Error", "code": status}} if isinstance(body, str) else body
        headers, text = {"Content-Type": "application/json"}, json.dumps(value)
    if retry_after is not None:
        headers["Retry-After"] = retry_after
    return Reply([text.encode()], status, headers, "length")


@dataclass
class Connection:
    """One connection of a client; `closed` is set once the client has closed it."""

    closed: asyncio.Event = field(default_factory=asyncio.Event)
    requests: int = 0


class FakeChatServer:
    """See the module. `received` are the chat requests in the order they came, `connections` likewise."""

    def __init__(
        self, *replies: Reply | Callable[[Received], Reply], models: Sequence[str] = ("fake-model",), port: int = 0
    ) -> None:
        self.replies = list(replies) or [stream(DEFAULT_WORDS)]
        self.models = list(models)
        self.pages: dict[str, Reply] = {}
        self.received: list[Received] = []
        self.connections: list[Connection] = []
        self.port = port
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._arrived = asyncio.Condition()

    @property
    def url(self) -> str:
        """The base URL, with `/v1`."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def wait_received(self, count: int) -> None:
        """Return when so many chat requests have come in all."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.received) >= count)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(self._protocol, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        connection = Connection()
        self.connections.append(connection)
        reader = _Reader(connection.closed)

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(self._serve(reader, writer, connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        return asyncio.StreamReaderProtocol(reader, connected)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: Connection) -> None:
        index = self.connections.index(connection)
        try:
            while True:
                received = await _read_request(reader, index, connection.requests)
                connection.requests += 1
                if not await _write(writer, await self._reply(received), connection.closed):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            connection.closed.set()
        finally:
            writer.close()

    async def _reply(self, received: Received) -> Reply:
        if received.path in self.pages:
            return self.pages[received.path]
        if received.path == "/v1/models":
            models = [{"id": model, "object": "model"} for model in self.models]
            return error(200, {"object": "list", "data": models})
        if received.path != "/v1/chat/completions":
            return error(404, {"detail": "Not Found"})
        async with self._arrived:
            self.received.append(received)
            self._arrived.notify_all()
        reply = self.replies[min(len(self.received), len(self.replies)) - 1]
        return reply if isinstance(reply, Reply) else reply(received)


class _Reader(asyncio.StreamReader):
    """Tells at once when the client has closed, even while nobody reads."""

    def __init__(self, closed: asyncio.Event) -> None:
        super().__init__()
        self._closed = closed

    def feed_eof(self) -> None:
        super().feed_eof()
        self._closed.set()

    def set_exception(self, exc: BaseException) -> None:
        super().set_exception(exc)  # type: ignore[arg-type]
        self._closed.set()


async def _read_request(reader: asyncio.StreamReader, connection: int, nth: int) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.split(":", 1) for line in lines)
    headers = {name.lower(): value.strip() for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, target, headers, body, connection, nth)


async def _write(writer: asyncio.StreamWriter, reply: Reply, closed: asyncio.Event) -> bool:
    """Answer; true if the connection stays."""
    if reply.end == "drop":
        return False
    writer.write(_head(reply))
    for part in reply.parts:
        if isinstance(part, asyncio.Event):
            await writer.drain()
            if not await _first_set(part, closed):
                return False
        elif part:
            writer.write(b"%x\r\n%b\r\n" % (len(part), part) if reply.framing == "chunked" else part)
            await writer.drain()
            # Let a client in this process read what was written before there is more.
            await asyncio.sleep(0)
    if reply.end == "reset":
        writer.transport.abort()
        return False
    if reply.framing == "chunked" and reply.end != "cut":
        writer.write(b"0\r\n\r\n")
    await writer.drain()
    return reply.end == "keep" and reply.framing != "close"


def _head(reply: Reply) -> bytes:
    headers = {"Connection": "keep-alive", **reply.headers}
    if reply.framing == "chunked":
        headers["Transfer-Encoding"] = "chunked"
    elif reply.framing == "length":
        size = sum(len(part) for part in reply.parts if isinstance(part, bytes))
        headers["Content-Length"] = str(size + (reply.end == "cut"))
    else:
        del headers["Connection"]
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {reply.status} Whatever\r\n{lines}\r\n".encode("latin-1")


async def _first_set(wanted: asyncio.Event, closed: asyncio.Event) -> bool:
    """Wait for either event; true if it is the wanted one."""
    waits = [asyncio.ensure_future(event.wait()) for event in (wanted, closed)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    return wanted.is_set()
