"""The client with each of the transports against a real socket."""

import asyncio
import socket
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Literal

import pytest
from fakes.chat_server import DROP, FakeChatServer, Reply, chunk, error, sse, stream
from test_failures import of

from stress.client.aio import AioTransport
from stress.client.chat import ChatClient, ChatExchange, transport_for
from stress.client.exchange import Exchange, Outcome, Settings
from stress.client.http1 import FastTransport
from stress.client.meter import Meter
from stress.client.sse import MAX_EVENT
from stress.client.transport import Transport
from stress.client.wire import Endpoint
from stress.engines.registry import FAILURES

Framing = Literal["chunked", "close"]


class Watched:
    """Progress that a test can wait for."""

    def __init__(self) -> None:
        self.first_token = asyncio.Event()

    def sent(self) -> None: ...

    def generating(self) -> None:
        self.first_token.set()

    def backing_off(self) -> None: ...


def make_transport(url: str) -> Transport:
    return transport_for(url, time.monotonic)


@pytest.fixture(autouse=True, params=[AioTransport, FastTransport])
def each_transport(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test runs with both."""
    monkeypatch.setitem(globals(), "make_transport", lambda _url: request.param())


class Asker:
    """A client of the fake server; `ask` is one request."""

    def __init__(self, url: str, stall_s: float = 60.0) -> None:
        self.transport = make_transport(url)
        self.meter = Meter()
        self.progress = Watched()
        endpoint = Endpoint(base_url=url, model="fake-model")
        settings: Settings = {"stall_s": stall_s, "attempts": 2, "words": FAILURES}
        self.client = ChatClient(endpoint, self.transport, self.meter, **settings)

    def begin(self, text: str = "hi") -> Exchange:
        return self.client.begin([{"role": "user", "content": text}], self.progress)

    async def ask(self, text: str = "hi") -> Outcome:
        return await self.begin(text).run()


@asynccontextmanager
async def asking(url: str, stall_s: float = 60.0) -> AsyncIterator[Asker]:
    asker = Asker(url, stall_s)
    try:
        yield asker
    finally:
        await asker.transport.close()


async def outcome_of(*replies: Reply, stall_s: float = 60.0) -> Outcome:
    """What the last of these replies comes to, each for one request of the same client."""
    async with FakeChatServer(*replies) as server, asking(server.url, stall_s) as asker:
        for _ in replies:
            outcome = await asker.ask()
        return outcome


WORDS = ["Grüße", " aus", " 東京", " 😀", "\n"]


@pytest.mark.parametrize(
    "reply",
    [
        stream(WORDS),
        stream(WORDS).split(1),
        stream(WORDS).split(7),
        stream(WORDS).split(100_000),
        stream(WORDS, newline="\r\n").split(3),
        stream(WORDS, newline="\r"),
        stream(WORDS, ping=True).split(11),
        stream(WORDS, done=False),
        stream(WORDS, done=False).but(framing="close"),
        stream(WORDS, done=False).but(end="cut"),
        stream(WORDS).but(end="cut"),
        stream(WORDS).but(end="reset"),
        stream(WORDS).but(framing="close"),
        stream(WORDS).but(framing="length"),
        stream(WORDS).but(end="close"),
        stream(WORDS).but(headers={"Content-Type": "text/plain"}),
    ],
)
async def test_a_whole_reply_however_it_is_carried(reply: Reply) -> None:
    outcome = await outcome_of(reply)
    assert outcome.error is None
    assert (outcome.text, outcome.output_tokens, outcome.usage) == ("".join(WORDS), 5, True)
    assert outcome.ttft is not None
    assert outcome.e2el is not None
    assert 0 < outcome.ttft <= outcome.e2el


async def test_the_request_on_the_wire() -> None:
    async with FakeChatServer() as server, asking(server.url) as asker:
        await asker.ask("Grüße 😀")
    [received] = server.received
    assert received.messages == [{"role": "user", "content": "Grüße 😀"}]
    assert received.json["stream_options"] == {"include_usage": True}
    assert received.headers["content-type"] == "application/json"
    assert received.headers["accept-encoding"] == "identity"


async def test_a_kept_connection_is_used_again() -> None:
    async with FakeChatServer() as server, asking(server.url) as asker:
        for _ in range(5):
            assert (await asker.ask()).error is None
        assert [received.nth for received in server.received] == [0, 1, 2, 3, 4]
        assert asker.transport.resent == 0


@pytest.mark.parametrize("end", ["close", "reset"])
async def test_a_server_that_closes_after_each_reply_costs_no_request(end: str) -> None:
    reply = stream(WORDS).but(end=end)
    async with FakeChatServer(reply) as server, asking(server.url) as asker:
        outcomes = [outcome for _ in range(5) for outcome in await asyncio.gather(*[asker.ask() for _ in range(8)])]
    assert [outcome.error for outcome in outcomes] == [None] * 40
    assert {outcome.text for outcome in outcomes} == {"".join(WORDS)}
    assert sum(outcome.retries for outcome in outcomes) == 0


async def test_a_request_that_dies_on_a_reused_connection_is_sent_again_on_a_fresh_one() -> None:
    async with FakeChatServer(stream(["a"]), DROP, stream(["b"])) as server, asking(server.url) as asker:
        await asker.ask()
        outcome = await asker.ask("second")
    assert (outcome.error, outcome.text, outcome.retries) == (None, "b", 0)
    assert [(received.connection, received.nth) for received in server.received] == [(0, 0), (0, 1), (1, 0)]
    assert server.received[1].body == server.received[2].body
    assert asker.transport.resent == 1


async def test_the_clock_of_a_resent_request_starts_anew() -> None:
    async with FakeChatServer(stream(["a"]), DROP, stream(["b"])) as server, asking(server.url) as asker:
        sent: list[float] = []
        await asker.ask()
        exchange = asker.begin()
        sending = exchange.sending

        class Spy:
            head = staticmethod(exchange.head)

            @staticmethod
            def sending(now: float) -> None:
                sent.append(now)
                sending(now)

        await asker.transport.post(asker.client.endpoint.chat_url, {}, b"{}", Spy)
        assert len(sent) == 2
        assert exchange.partial().start == sent[1] > sent[0]


async def test_a_request_that_dies_on_a_fresh_connection_is_lost_and_not_sent_again() -> None:
    async with FakeChatServer(DROP) as server, asking(server.url) as asker:
        assert (await asker.ask()).error == "connection_lost"
        assert len(server.received) == 1


async def test_a_request_that_dies_again_on_the_fresh_connection_is_lost() -> None:
    async with FakeChatServer(stream(["a"]), DROP) as server, asking(server.url) as asker:
        await asker.ask()
        assert (await asker.ask()).error == "connection_lost"
        assert len(server.received) == 3


@pytest.mark.parametrize("end", ["cut", "reset"])
async def test_a_reply_that_breaks_off_on_a_reused_connection_is_not_sent_again(end: str) -> None:
    half = stream(["a", "b"], finish=None, done=False, usage=None).but(end=end)
    async with FakeChatServer(stream(["a"]), half) as server, asking(server.url) as asker:
        await asker.ask()
        outcome = await asker.ask()
        assert len(server.received) == 2
    assert outcome.error == "connection_lost"


async def test_a_reply_that_breaks_off_gives_what_had_come() -> None:
    half = stream(["a", "b"], finish=None, done=False, usage=None)
    for reply in (half.but(end="cut"), half.but(framing="close")):
        outcome = await outcome_of(reply)
        assert (outcome.error, outcome.text, outcome.output_tokens) == ("connection_lost", "ab", 2)


VLLM_BUSY = "The engine is currently busy and cannot accept new requests."
DEAD = "The server had an error while processing your request."
POOL = "Context size has been exceeded."


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        (error(503, VLLM_BUSY, retry_after="0"), "queue_full"),
        of(
            "sglang",
            error(503, {"object": "error", "message": "The request queue is full."}, retry_after="0"),
            "queue_full",
        ),
        of(
            "ollama",
            error(
                503,
                {"error": "server busy, please try again.  maximum pending requests exceeded"},
                retry_after="0",
            ),
            "queue_full",
        ),
        (
            error(400, {"error": {"type": "exceed_context_size_error", "n_prompt_tokens": 9, "n_ctx": 8}}),
            "context_exceeded",
        ),
        (error(400, "This model's maximum context length is 8 tokens."), "context_exceeded"),
        (error(500, POOL), "kv_pool_full"),
        (error(500, DEAD), "engine_dead"),
        (error(429, "slow down", retry_after="0"), "rate_limited"),
        (error(401, "no"), "unauthorized"),
        (error(404, "The model `x` does not exist."), "model_not_found"),
        (error(404, {"detail": "Not Found"}), "not_a_chat_server"),
        (error(200, "<!DOCTYPE html><p>Welcome to nginx!"), "not_a_chat_server"),
        (error(500, "oops"), "server_error"),
        (error(500, POOL).but(end="cut"), "kv_pool_full"),
        (Reply([sse(chunk({"content": "a"})), sse({"error": {"message": POOL}})]), "kv_pool_full"),
        (Reply([sse({"error": {"message": "boom", "code": 500}}), sse("[DONE]")]), "stream_error"),
        (Reply([sse("garbage")]), "stream_error"),
        (Reply([b"\x00" * 100], framing="close", headers={}), "not_a_chat_server"),
    ],
)
async def test_what_a_server_answers_has_a_name(reply: Reply, name: str) -> None:
    outcome = await outcome_of(reply)
    assert outcome.error == name
    assert outcome.detail


async def test_a_busy_server_is_asked_again() -> None:
    busy = error(503, VLLM_BUSY, retry_after="0")
    async with FakeChatServer(busy, stream(["a"])) as server, asking(server.url) as asker:
        outcome = await asker.ask()
    assert (outcome.error, outcome.text, outcome.retried) == (None, "a", ("queue_full",))


async def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with asking(f"http://127.0.0.1:{port}/v1") as asker:
        assert (await asker.ask()).error == "connection_refused"


async def hang_up(writer: asyncio.StreamWriter, over: asyncio.Event) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    over.set()


async def test_a_server_that_speaks_no_http() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        with suppress(ConnectionError):
            await reader.read()
        await hang_up(writer, over)

    over = asyncio.Event()
    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with asking(f"http://127.0.0.1:{port}/v1") as asker:
            assert (await asker.ask()).error == "not_a_chat_server"
        await over.wait()


async def test_tls_against_a_server_without_it() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await hang_up(writer, over)

    over = asyncio.Event()
    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with asking(f"https://127.0.0.1:{port}/v1") as asker:
            outcome = await asker.ask()
        await over.wait()
    assert outcome.error == "connection_refused"
    assert "SSL" in (outcome.detail or "")


async def answering(*writes: bytes) -> Outcome:
    """What comes of a request that is answered by these bytes, for as long as somebody reads."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with suppress(ConnectionError):
            for data in writes:
                writer.write(data)
                await writer.drain()
            await reader.read()
        await hang_up(writer, over)

    over = asyncio.Event()
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with asking(f"http://127.0.0.1:{port}/v1") as asker:
            outcome = await asker.ask()
        await over.wait()
    return outcome


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    "garbage",
    [
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc",),
        (HEAD + b"X-Endless: ", *[b"x" * 2**16] * 64),
        (HEAD, *[b"X-Many: %b\r\n" % (b"x" * 1000)] * 4000),
        (HEAD + b"\r\nno chunk\r\n",),
    ],
    ids=["upgrade", "an endless header", "headers without end", "broken framing"],
)
async def test_garbage_in_http_is_not_a_chat_server(garbage: tuple[bytes, ...]) -> None:
    assert (await answering(*garbage)).error == "not_a_chat_server"


async def test_what_follows_a_whole_response_is_no_part_of_the_reply() -> None:
    body = b"".join(part for part in stream(["a"], done=False).parts if isinstance(part, bytes))
    response = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    outcome = await answering(response + response)
    assert (outcome.error, outcome.text) == (None, "a")


@pytest.mark.parametrize("bug", [ValueError("a bug"), ConnectionError("a bug")])
@pytest.mark.parametrize("place", ["sending", "head", "generating"])
async def test_a_bug_of_ours_comes_out_as_it_is(bug: Exception, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise bug

    monkeypatch.setattr(Watched if place == "generating" else ChatExchange, place, fail)
    async with FakeChatServer(stream(["a"])) as server, asking(server.url) as asker:
        with pytest.raises(type(bug), match="a bug"):
            await asyncio.wait_for(asker.ask(), 10)


async def test_an_event_of_ten_megabytes_is_read() -> None:
    outcome = await outcome_of(stream(["x" * 10_000_000]))
    assert (outcome.error, len(outcome.text)) == (None, 10_000_000)


@pytest.mark.parametrize("framing", ["chunked", "close"])
async def test_an_event_without_end_has_a_name_and_is_not_kept(framing: Framing) -> None:
    tracemalloc.start()
    try:
        reply = Reply([b"data: {", *[b" " * 2**20] * 500], framing=framing)
        outcome = await outcome_of(reply)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert outcome.error == "event_too_large"
    assert outcome.detail == "an event of more than 32 MiB"
    assert peak < 3 * MAX_EVENT


@pytest.mark.parametrize("after", [0, 3])
async def test_a_stalled_request_closes_its_connection(after: int) -> None:
    reply = stream(["a", "b", "c"]).holding(asyncio.Event(), after)
    async with FakeChatServer(reply) as server, asking(server.url, stall_s=0.05) as asker:
        outcome = await asker.ask()
        assert outcome.error == "stalled"
        await server.connections[0].closed.wait()


async def test_a_held_reply_that_goes_on_is_whole() -> None:
    release = asyncio.Event()
    async with FakeChatServer(stream(["a", "b"]).holding(release, after=2)) as server, asking(server.url) as asker:
        asked = asyncio.ensure_future(asker.ask())
        await asker.progress.first_token.wait()
        release.set()
        assert (await asked).text == "ab"


Cancel = Callable[[Asker, FakeChatServer], Awaitable[None]]


async def while_waiting(asker: Asker, server: FakeChatServer) -> None:
    await server.wait_received(1)


async def while_generating(asker: Asker, server: FakeChatServer) -> None:
    await asker.progress.first_token.wait()


@pytest.mark.parametrize(("after", "until", "text"), [(0, while_waiting, ""), (2, while_generating, "a")])
async def test_an_abandoned_request_closes_its_connection(after: int, until: Cancel, text: str) -> None:
    reply = stream(["a", "b", "c"]).holding(asyncio.Event(), after)
    async with FakeChatServer(reply) as server, asking(server.url) as asker:
        exchange = asker.begin()
        task = asyncio.ensure_future(exchange.run())
        await until(asker, server)
        assert not server.connections[0].closed.is_set()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.connections[0].closed.wait()
    outcome = exchange.partial()
    assert (outcome.error, outcome.text) == ("abandoned", text)


async def test_a_server_that_never_ends_its_response_after_done_costs_its_connection_only() -> None:
    reply = Reply([*stream(["a"]).parts, asyncio.Event()])
    async with FakeChatServer(reply) as server, asking(server.url) as asker:
        assert (await asker.ask()).error is None
        await server.connections[0].closed.wait()


async def test_hundreds_of_requests_go_out_at_once() -> None:
    release = asyncio.Event()
    async with FakeChatServer(stream(["a"]).holding(release, after=0)) as server, asking(server.url) as asker:
        asked = [asyncio.ensure_future(asker.ask(str(number))) for number in range(300)]
        await server.wait_received(300)
        release.set()
        assert {outcome.error for outcome in await asyncio.gather(*asked)} == {None}
    assert {received.messages[0]["content"] for received in server.received} == {str(n) for n in range(300)}


async def test_requests_go_through_the_proxy_of_the_environment_but_never_to_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(globals(), "make_transport", lambda url: transport_for(url, time.monotonic))
    async with FakeChatServer() as proxy:
        proxy.pages["http://chat.example/v1/chat/completions"] = stream(["through"])
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        async with asking("http://chat.example/v1") as asker:
            assert (await asker.ask()).text == "through"
        async with FakeChatServer(stream(["direct"])) as server, asking(server.url) as asker:
            assert (await asker.ask()).text == "direct"
