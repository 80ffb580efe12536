"""The transport on aiohttp: the one that knows proxies."""

import asyncio
import contextlib
import functools
import time
from collections.abc import Mapping
from types import SimpleNamespace

import aiohttp
from aiohttp.http import HttpProcessingError

from stress.client.failures import Kinds, name_exception
from stress.client.proxy import proxy_for
from stress.client.transport import CONNECT_TIMEOUT_S, LINGER_S, Clock, Sink, TransportError


class AioTransport:
    """The transport on aiohttp: pooled connections without a limit on their number, TLS, proxies.

    A request that dies on a reused connection before the response began is sent again on a fresh one: the server
    had closed the connection after the last reply, which llama.cpp always does without saying so. aiohttp itself
    repeats only idempotent methods.

    Create it inside the running event loop.
    """

    def __init__(self, *, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._proxy_for = functools.cache(proxy_for)
        reuse = aiohttp.TraceConfig()
        reuse.on_connection_reuseconn.append(_mark_reused)
        self._pooled = _session(aiohttp.TCPConnector(limit=0), reuse)
        self._fresh = _session(aiohttp.TCPConnector(limit=0, force_close=True), reuse)
        """Its connections are never reused."""
        self.resent = 0
        """Requests that were sent again because a reused connection was dead."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, sink: Sink) -> None:
        mark = SimpleNamespace(reused=False)
        sink.sending(self._clock())
        try:
            response = await self._send(self._pooled, url, headers, body, mark)
        except TransportError as error:
            if not mark.reused or not _was_dead(error.__cause__):
                raise
            self.resent += 1
            sink.sending(self._clock())
            response = await self._send(self._fresh, url, headers, body, mark)
        try:
            await self._receive(response, sink)
        finally:
            # At the response's end the connection is back in the pool already, and this does nothing.
            response.close()

    async def close(self) -> None:
        await self._pooled.close()
        await self._fresh.close()

    async def _send(
        self, session: aiohttp.ClientSession, url: str, headers: Mapping[str, str], body: bytes, mark: SimpleNamespace
    ) -> aiohttp.ClientResponse:
        proxy = self._proxy_for(url)
        try:
            return await session.post(url, headers=headers, data=body, proxy=proxy, trace_request_ctx=mark)
        except (*_BROKEN, ValueError) as error:
            raise TransportError(name_exception(error, _KINDS)) from error

    async def _receive(self, response: aiohttp.ClientResponse, sink: Sink) -> None:
        take = sink.head(response.status, response.headers)
        content = response.content
        clock = self._clock
        while True:
            # Around aiohttp alone: an exception out of the sink is a bug of ours and must stay one.
            try:
                data = await content.readany()
            except _BROKEN as error:
                # The connection's end overtakes what was read before it and not yet fetched.
                if rest := _unread(content):
                    take(rest, clock())
                raise TransportError(name_exception(error, _KINDS)) from error
            if not data or take(data, clock()):
                break
        if not content.is_eof():
            await _drain(content)


def _session(connector: aiohttp.TCPConnector, trace: aiohttp.TraceConfig) -> aiohttp.ClientSession:
    # Not trust_env: aiohttp would ask a thread for the proxy, and one for .netrc, before every request.
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[trace],
    )


async def _mark_reused(
    session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceConnectionReuseconnParams
) -> None:
    context.trace_request_ctx.reused = True


def _was_dead(error: BaseException | None) -> bool:
    """The connection was closed before the first byte of a response."""
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return isinstance(error.message, str)  # else it is the unfinished response
    return isinstance(error, aiohttp.ClientOSError)


def _unread(content: aiohttp.StreamReader) -> bytes:
    # Once a stream has failed, its reading methods only raise the exception, so it is taken off first.
    content._exception = None  # noqa: SLF001 - no public way to the bytes that came before the failure
    return content.read_nowait()


async def _drain(content: aiohttp.StreamReader) -> None:
    """Read the response's end, so that its connection can be used again, unless it keeps us waiting."""
    with contextlib.suppress(TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout(LINGER_S):
            while await content.readany():
                pass


_BROKEN = (aiohttp.ClientError, HttpProcessingError, OSError)
"""What aiohttp raises when a response does not come whole."""

_KINDS: Kinds = (
    (TimeoutError, "timeout"),
    (aiohttp.ClientConnectorError, "connection_refused"),
    (aiohttp.ClientHttpProxyError, "connection_refused"),
    (aiohttp.ClientResponseError, "not_a_chat_server"),
    (HttpProcessingError, "not_a_chat_server"),
    (aiohttp.ClientPayloadError, "connection_lost"),
    (aiohttp.ClientConnectionError, "connection_lost"),
    (OSError, "connection_lost"),
    (Exception, "bad_request"),
)
