"""The fast transport: HTTP/1.1 straight from the event loop's reads into the sink.

aiohttp wakes a task for every read; here a read is parsed (by httptools, which is llhttp) and counted before
`data_received` returns. benchmarks/RESULTS.md says what that saves. TLS is the event loop's own. What it cannot do,
a proxy, is left to aiohttp (`aio`).
"""

import asyncio
import base64
import ssl
import time
from collections.abc import Mapping
from typing import cast
from urllib.parse import unquote, urlsplit

import httptools

from stress.client.failures import Failure, one_line
from stress.client.transport import CONNECT_TIMEOUT_S, LINGER_S, Clock, Sink, TakeBody, TransportError

MAX_BARE = 256 * 1024
"""Bytes that may come of a response without any of its body: the parser would hold a header without end."""


class Headers(dict[str, str]):
    """Response headers; names by any case."""

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        return super().get(name.lower(), default)


class Connection(asyncio.Protocol):
    """One connection. It carries one request after another; each one's response goes to that request's sink."""

    __slots__ = (
        "_bare",
        "_begun",
        "_clock",
        "_done",
        "_enough",
        "_headers",
        "_keep_alive",
        "_linger",
        "_now",
        "_origin",
        "_parser",
        "_sink",
        "_take",
        "closed",
        "reused",
        "transport",
    )

    def __init__(self, origin: "Origin", clock: Clock) -> None:
        self._origin = origin
        self._clock = clock
        self._parser = httptools.HttpResponseParser(self)
        self._headers = Headers()
        self._done: asyncio.Future[None] | None = None
        self._sink: Sink | None = None
        self._take: TakeBody | None = None
        self._linger: asyncio.TimerHandle | None = None
        self._begun = self._enough = self._keep_alive = False
        self._bare = 0
        """Bytes since the last of a body."""
        self._now = 0.0
        self.reused = self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one by its methods, not by its class
        self._origin.open.add(self)

    def send(self, request: bytes, sink: Sink) -> asyncio.Future[None]:
        """Send a request; the future ends when its sink has all that it wants, or with a TransportError."""
        self._parser = httptools.HttpResponseParser(self)
        self._headers = Headers()
        self._sink, self._take = sink, None
        self._begun = self._enough = self._keep_alive = False
        self._bare = 0
        self._done = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._done

    @property
    def stale(self) -> bool:
        """It was reused and broke before the first byte of a response: the server had closed it long ago."""
        return self.reused and not self._begun and not self._bare

    def close(self) -> None:
        """Close at once: the server learns that nobody reads any more."""
        self.closed = True
        self.transport.abort()

    # From the event loop.

    def data_received(self, data: bytes) -> None:
        self._now = self._clock()
        self._bare += len(data)
        if self._done is None:
            self.close()  # nobody has asked for anything
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError as error:
            self.close()
            self._fail(error.__context__ or error)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._refuse(f"not HTTP: {error}")
        else:
            if self._bare > MAX_BARE:
                self._refuse(f"{self._bare:,} bytes of HTTP without a body")

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._origin.open.discard(self)
        if self._linger is not None:
            self._linger.cancel()
        if self._take is not None and not self._framed:
            self._finish()  # a body without a length ends with its connection
        why = one_line(str(exc) if exc else "the server closed the connection")
        self._fail(TransportError(Failure("connection_lost", why)))
        # The parser holds our methods: without this, each connection would wait for the garbage collector.
        del self._parser
        self._sink = self._take = self._done = self._linger = None

    # From the parser.

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The response's head is whole."""
        if self._done is None:
            self.close()  # one response too many
            return
        assert self._sink is not None
        self._begun = True
        status = self._parser.get_status_code()
        if status >= 200:
            self._keep_alive = self._parser.should_keep_alive()
            self._take = self._sink.head(status, self._headers)

    def on_body(self, body: bytes) -> None:
        """A part of the body: usually one chunk of the transfer encoding."""
        self._bare = 0
        if self._take is not None and not self._enough and self._take(body, self._now):
            self._enough = True
            self._finish()

    def on_message_complete(self) -> None:
        """The response is whole."""
        if self._take is None:
            return  # an interim response, such as 100, or one too many
        self._finish()
        if self._linger is None:
            return  # cancelled a moment ago: whoever did so closes the connection
        self._linger.cancel()
        self._done = self._linger = self._take = None
        if self._keep_alive and not self.closed:
            self.reused = True
            self._origin.idle.append(self)
        else:
            self.transport.close()

    @property
    def _framed(self) -> bool:
        coding = self._headers.get("Transfer-Encoding") or ""
        return "content-length" in self._headers or "chunked" in coding

    def _finish(self) -> None:
        """The sink has what it wants. The response's end may still come, then the connection can be used again."""
        if self._done is not None and not self._done.done():
            self._done.set_result(None)
            self._linger = asyncio.get_running_loop().call_later(LINGER_S, self.close)

    def _refuse(self, why: str) -> None:
        self.close()
        self._fail(TransportError(Failure("not_a_chat_server", one_line(why))))

    def _fail(self, error: BaseException) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(error)
        elif not isinstance(error, TransportError):
            raise error  # a bug of ours, and nobody waits for the response any more


class Origin:
    """A server's address and the connections to it that wait for their next request."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host = parts.hostname or ""
        self.tls = ssl.create_default_context() if parts.scheme == "https" else None
        self.port = parts.port or (443 if self.tls else 80)
        self.path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        userinfo, _, self.authority = parts.netloc.rpartition("@")
        self._basic = base64.b64encode(unquote(userinfo).encode()).decode() if userinfo else None
        self.idle: list[Connection] = []
        self.open: set[Connection] = set()
        """All of them, also those whose response has not quite ended."""
        self.head = b""
        """The request's head up to the value of Content-Length: the same for every request."""

    def request(self, headers: Mapping[str, str], body: bytes) -> bytes:
        """The request as one piece of bytes, to be written at once."""
        if not self.head:
            lines = [f"POST {self.path} HTTP/1.1", f"Host: {self.authority}"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            if self._basic and "Authorization" not in headers:
                lines.append(f"Authorization: Basic {self._basic}")
            self.head = ("\r\n".join(lines) + "\r\nContent-Length: ").encode("latin-1")
        return b"%b%d\r\n\r\n%b" % (self.head, len(body), body)


class FastTransport:
    """HTTP/1.1 on asyncio protocols, pooled without a limit. See `Transport`; create it inside the running loop."""

    def __init__(self, *, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._origins: dict[str, Origin] = {}
        self.resent = 0
        """Requests that were sent again because a reused connection was dead."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, sink: Sink) -> None:
        origin = self._origins.get(url)
        if origin is None:
            origin = self._origins[url] = Origin(url)
        request = origin.request(headers, body)
        sink.sending(self._clock())
        connection = self._idle(origin)
        if connection is not None:
            try:
                await self._exchange(connection, request, sink)
                return
            except TransportError:
                if not connection.stale:
                    raise
            self.resent += 1
            sink.sending(self._clock())
        await self._exchange(await self._connect(origin), request, sink)

    @staticmethod
    async def _exchange(connection: Connection, request: bytes, sink: Sink) -> None:
        try:
            await connection.send(request, sink)
        except BaseException:  # it failed, or was cancelled: the connection is of no more use
            connection.close()
            raise

    async def close(self) -> None:
        for origin in self._origins.values():
            for connection in tuple(origin.open):
                connection.close()
            origin.idle.clear()
        await asyncio.sleep(0)  # the loop lets go of them at its next turn, and may not have one more

    @staticmethod
    def _idle(origin: Origin) -> Connection | None:
        while origin.idle:
            connection = origin.idle.pop()
            if not connection.closed and not connection.transport.is_closing():
                return connection
        return None

    async def _connect(self, origin: Origin) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                _, connection = await loop.create_connection(
                    lambda: Connection(origin, self._clock), origin.host, origin.port, ssl=origin.tls
                )
        except TimeoutError:
            raise TransportError(Failure("timeout", f"no connection within {CONNECT_TIMEOUT_S:.0f} s")) from None
        except OSError as error:  # ssl.SSLError is one
            raise TransportError(Failure("connection_refused", one_line(str(error)))) from None
        return connection
