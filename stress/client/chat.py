"""The client that measures: each read goes from the transport into the reply by plain calls."""

import asyncio
import time
from collections.abc import Awaitable, Mapping
from typing import Unpack

from stress.client.exchange import Client, Exchange, Outcome, Progress, Settings
from stress.client.failures import Failure, Words, name_failure
from stress.client.http1 import FastTransport
from stress.client.meter import Meter
from stress.client.proxy import proxy_for
from stress.client.reply import ReplyReader
from stress.client.transport import Clock, TakeBody, Transport
from stress.client.wire import Endpoint, Messages, request_body, request_headers

MAX_ERROR_BODY = 64 * 1024


def transport_for(url: str, clock: Clock) -> Transport:
    """The fastest transport that can reach this URL: aiohttp's through a proxy, else ours. Create it in the loop."""
    if proxy_for(url):
        from stress.client.aio import AioTransport  # 0.2 s that few runs need

        return AioTransport(clock=clock)
    return FastTransport(clock=clock)


class ChatClient(Client):
    """Streams chat completions over a transport, which it closes."""

    def __init__(self, endpoint: Endpoint, transport: Transport, meter: Meter, **settings: Unpack[Settings]) -> None:
        super().__init__(endpoint, meter, **settings)
        self.transport = transport
        self.headers = request_headers(endpoint)

    def begin(self, messages: Messages, progress: Progress) -> "ChatExchange":
        return ChatExchange(self, request_body(self.endpoint, messages), progress)

    async def close(self) -> None:
        await self.transport.close()


async def one_reply(endpoint: Endpoint, messages: Messages, limit: float, words: tuple[Words, ...] = ()) -> Outcome:
    """The reply to these messages, or how it failed (`words`: the engines' own); gives up after `limit` seconds."""
    transport = transport_for(endpoint.chat_url, time.monotonic)
    client = ChatClient(endpoint, transport, Meter(), stall_s=limit, attempts=1, words=words)
    exchange = client.begin(messages, Progress())
    try:
        async with asyncio.timeout(limit):
            return await exchange.run()
    except TimeoutError:
        return exchange.partial("timeout")
    finally:
        await client.close()


class ChatExchange(Exchange):
    """One request and its reply. It is its own transport's sink."""

    __slots__ = ("_body", "_error_body", "_retry_after", "_status")

    _reply_type = ReplyReader
    _client: ChatClient
    _reply: ReplyReader

    def __init__(self, client: ChatClient, body: bytes, progress: Progress) -> None:
        super().__init__(client, progress)
        self._body = body
        self._status: int | None = None
        self._retry_after: str | None = None
        self._error_body: bytearray | None = None
        """The body of a response that is no stream."""

    def sending(self, now: float) -> None:
        self._status = self._error_body = self._retry_after = None
        super().sending(now)

    def head(self, status: int, headers: Mapping[str, str]) -> TakeBody:
        self._status = status
        content_type = headers.get("Content-Type", "").lower()
        self._event_stream = content_type.startswith("text/event-stream")
        if status == 200 and not content_type.startswith(("text/html", "application/json")):
            return self._reply.feed
        self._retry_after = headers.get("Retry-After")
        self._error_body = bytearray()
        return self._take_error

    def _send(self) -> Awaitable[None]:
        client = self._client
        return client.transport.post(client.endpoint.chat_url, client.headers, self._body, self)

    def _take_error(self, data: bytes, now: float) -> bool:
        assert self._error_body is not None
        self._error_body += data[: MAX_ERROR_BODY - len(self._error_body)]
        return len(self._error_body) >= MAX_ERROR_BODY

    def _verdict(self, broken: Failure | None) -> Failure | None:
        if self._error_body is None:
            return super()._verdict(broken)
        # Some gateways answer 200 with an error object in place of a stream.
        status = None if self._status == 200 and b'"error"' in self._error_body else self._status
        return name_failure(status, bytes(self._error_body), self._retry_after, self._client.words)
