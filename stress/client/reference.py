"""The reference client: the openai SDK sends the same requests and reads the same replies, to hold ours against.

`--client openai` chooses it. Everything that touches the server is the SDK's: HTTP, server-sent events, JSON, its
exceptions. What a reply adds up to, when a request is given up or sent again, and the names of failures are those of
`stress.client.exchange`. One streamed chunk costs it 140 to 280 µs of CPU, so it is for finding out whether a number
is right, not for load.

What the SDK does not report, and what follows from it here (tests/client/test_reference.py shows each):

- Whether `[DONE]` came. Without a finish reason a reply counts as broken off: `connection_lost`.
- An event that no empty line ended. It is lost, and with it the finish reason or `usage` that it held.
- Comments: pings do not keep a request alive that waits in the server's queue; others' tokens do.
- An event without data, or broken UTF-8: the SDK raises, and the reply is a `stream_error`. Ours reads on.
- What follows an error inside a stream, and the text that came in its own event.
- Events named `thread.…`, which it keeps for another interface.
- What a response with status 200 says that is no event stream: `not_a_chat_server`, even if it holds an error.
- The status of an error response that breaks off: `connection_lost`, so it is not sent again.
- Whether what answered was HTTP: `connection_lost` in place of `not_a_chat_server`.
- When bytes arrived. Times are taken when the SDK hands a chunk over, so chunks of one read have a gap between them.

A user and password in the URL are sent in place of the key; ours sends the key. The SDK adds headers of its own, and
`OPENAI_ORG_ID`, `OPENAI_PROJECT_ID` and `OPENAI_LOG` mean what they mean there.
"""

import json
import ssl
from typing import Any, Unpack

import httpx2
import msgspec
import openai
from openai.types.chat import ChatCompletionChunk

from stress.client.exchange import Client, Exchange, Progress, Settings
from stress.client.failures import Failure, Kinds, name_exception, name_failure, one_line
from stress.client.meter import Meter
from stress.client.proxy import proxy_for
from stress.client.transport import CONNECT_TIMEOUT_S, TransportError
from stress.client.wire import NO_CHUNK, Chunk, Endpoint, Messages, decode_damaged, request_fields

_NAMED = ("model", "messages", "max_tokens", "temperature", "seed", "stream", "stream_options")
"""The fields of a request that are arguments of the SDK; the rest travels in its `extra_body`."""

_CAUSES: Kinds = (
    (httpx2.TimeoutException, "timeout"),
    (httpx2.ConnectError, "connection_refused"),
    (httpx2.ProxyError, "connection_refused"),
    (httpx2.LocalProtocolError, "bad_request"),
    (httpx2.UnsupportedProtocol, "bad_request"),
    (Exception, "connection_lost"),
)
"""Of what lies under an APIConnectionError."""

_BROKEN = (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError)


class ReferenceClient(Client):
    """Streams chat completions through the openai SDK. Create it inside the running loop."""

    def __init__(self, endpoint: Endpoint, meter: Meter, **settings: Unpack[Settings]) -> None:
        super().__init__(endpoint, meter, **settings)
        timeout = httpx2.Timeout(None, connect=CONNECT_TIMEOUT_S)
        self.sdk = openai.AsyncOpenAI(
            base_url=endpoint.base_url,
            api_key=endpoint.api_key or "none",
            max_retries=0,
            timeout=timeout,
            default_headers={"Accept-Encoding": "identity"},
            # The same ways as our own transport: its proxies, its certificates, no redirects, no limit on connections.
            http_client=httpx2.AsyncClient(
                timeout=timeout,
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=None),
                proxy=proxy_for(endpoint.chat_url),
                verify=ssl.create_default_context(),
                trust_env=False,
                event_hooks={"request": [_watch_connection]},
            ),
        )
        self.headers = {} if endpoint.api_key else {"Authorization": openai.omit}

    def begin(self, messages: Messages, progress: Progress) -> "ReferenceExchange":
        extra = request_fields(self.endpoint, messages)
        named = {name: extra.pop(name) for name in _NAMED if name in extra}
        return ReferenceExchange(self, {**named, "extra_body": extra, "extra_headers": self.headers}, progress)

    async def close(self) -> None:
        await self.sdk.close()


class ReferenceExchange(Exchange):
    """One request and its reply, by the SDK."""

    __slots__ = ("_request",)

    _client: ReferenceClient

    def __init__(self, client: ReferenceClient, request: dict[str, Any], progress: Progress) -> None:
        super().__init__(client, progress)
        self._request = request

    async def _send(self) -> None:
        try:
            async with await self._open() as stream:
                content_type = stream.response.headers.get("Content-Type", "").lower()
                self._event_stream = content_type.startswith("text/event-stream")
                while (chunk := await _next(stream)) is not None:
                    self._take(*chunk)
        except openai.APIStatusError as error:
            response, words = error.response, self._client.words
            retry_after = response.headers.get("Retry-After")
            raise TransportError(name_failure(response.status_code, response.content, retry_after, words)) from error
        except openai.APIConnectionError as error:
            raise TransportError(name_exception(error.__cause__, _CAUSES)) from error
        except openai.APIError as error:
            body = json.dumps({"error": error.body})
            raise TransportError(name_failure(None, body, words=self._client.words)) from error
        except httpx2.HTTPError as error:  # where the SDK reads the body of an error
            raise TransportError(name_exception(error, _CAUSES)) from error

    async def _open(self) -> openai.AsyncStream[ChatCompletionChunk]:
        """Send the request until it does not meet a connection that the server had closed long ago."""
        client = self._client
        while True:
            self.sending(client.clock())
            try:
                stream: openai.AsyncStream[ChatCompletionChunk] = await client.sdk.chat.completions.create(
                    **self._request
                )
            except openai.APIConnectionError as error:
                if "connects" in error.request.extensions or not isinstance(error.__cause__, _BROKEN):
                    raise
            except ValueError as error:  # such as a NaN in --extra-body: no JSON has it
                raise TransportError(Failure("bad_request", one_line(f"it cannot be sent: {error}"))) from error
            else:
                return stream

    def _take(self, given: ChatCompletionChunk, chunk: Chunk) -> None:
        reply = self._reply
        reply.read_at = self._client.clock()
        reply.add(chunk, reply.read_at)
        # The SDK raises for an error with something in it, under its own name. Older vLLM put its fields at the top.
        bare = not chunk.choices and chunk.usage is None and getattr(given, "object", None) == "error"
        if chunk.error is not None or bare:
            reply.take_error(given.to_json())


async def _next(stream: openai.AsyncStream[ChatCompletionChunk]) -> tuple[ChatCompletionChunk, Chunk] | None:
    """The SDK's next chunk, and ours of it; None at the end.

    Raises:
        TransportError: it is none.
    """
    try:
        given = await anext(stream)
        return given, _our_chunk(given)
    except StopAsyncIteration:
        return None
    except NO_CHUNK as error:
        said = one_line(f"an event that is not a chat chunk: {error}")
        raise TransportError(Failure("stream_error", said)) from error


def _our_chunk(given: ChatCompletionChunk) -> Chunk:
    """The fields of the SDK's chunk that we use, their types checked: the SDK itself takes what comes.

    Raises:
        NO_CHUNK: it is none.
    """
    chunk = msgspec.convert(given, Chunk, from_attributes=True)
    try:
        msgspec.json.encode(chunk)
    except UnicodeEncodeError:  # half a surrogate pair
        return decode_damaged(json.dumps(msgspec.to_builtins(chunk)).encode())
    return chunk


async def _watch_connection(request: httpx2.Request) -> None:
    """Note in the request whether a new connection was made for it: the SDK itself does not say."""

    async def note(event: str, _details: dict[str, Any]) -> None:
        if event == "connection.connect_tcp.started":
            request.extensions["connects"] = True

    request.extensions["trace"] = note
