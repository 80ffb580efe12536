"""Our client and the openai SDK on the same replies, and what each makes of them."""

import asyncio
import json
import socket
import subprocess
import sys
from typing import Any

import msgspec
import pytest
from fakes.chat_server import DROP, FakeChatServer, Reply, chunk, error, sse, stream
from short_runs import finish, make_plan, start
from test_failures import ANSWERS

from stress.client.chat import ChatClient
from stress.client.exchange import Client, ClientName, Exchange, Outcome
from stress.client.http1 import FastTransport
from stress.client.meter import Meter
from stress.client.reference import ReferenceClient
from stress.client.wire import Endpoint
from stress.engines.registry import FAILURES
from stress.runs.directory import RunRecord

BOTH: tuple[ClientName, ...] = ("fast", "openai")
WORDS = ["Grüße", " aus", " 東京", " 😀", "\n"]


class Log:
    """What a client told of its progress."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.first_token = asyncio.Event()

    def sent(self) -> None:
        self.seen.append("sent")

    def generating(self) -> None:
        self.seen.append("generating")
        self.first_token.set()

    def backing_off(self) -> None:
        self.seen.append("backing_off")


class Asker:
    """One of the two clients; closed at the end of `async with`."""

    def __init__(self, name: ClientName, url: str, stall_s: float = 60.0, **fields: Any) -> None:
        self.meter = Meter()
        self.log = Log()
        self.slept: list[float] = []
        endpoint = Endpoint(base_url=url, model="fake-model", **fields)
        settings: Any = {"sleep": self._sleep, "stall_s": stall_s, "attempts": 3, "words": FAILURES}
        self.client: Client = (
            ChatClient(endpoint, FastTransport(), self.meter, **settings)
            if name == "fast"
            else ReferenceClient(endpoint, self.meter, **settings)
        )

    async def __aenter__(self) -> "Asker":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def begin(self) -> Exchange:
        return self.client.begin([{"role": "user", "content": "Grüße 😀"}], self.log)

    async def ask(self) -> Outcome:
        return await self.begin().run()


async def seen_by(name: ClientName, *replies: Reply) -> tuple[Outcome, Asker]:
    """What the last of these replies comes to, each for one request of the same client."""
    async with FakeChatServer(*replies) as server, Asker(name, server.url) as asker:
        for _ in replies:
            outcome = await asker.ask()
        return outcome, asker


def compared(outcome: Outcome, asker: Asker) -> dict[str, Any]:
    """All that must not depend on the client: everything but times and the wording of errors."""
    fields = msgspec.to_builtins(outcome)
    for name in ("start", "end", "ttft", "tpot", "e2el", "detail"):
        fields[name] = fields[name] is not None
    return {**fields, "metered": asker.meter.tokens, "gaps": len(asker.meter.gaps), "progress": asker.log.seen}


async def both(*replies: Reply) -> Outcome:
    """What the replies come to, by either client; they must agree."""
    ours, asker = await seen_by("fast", *replies)
    theirs, reference = await seen_by("openai", *replies)
    assert compared(theirs, reference) == compared(ours, asker)
    return ours


def after_a_word(*events: Any) -> Reply:
    return Reply([sse(chunk({"content": "a"})), *[sse(event) for event in events]])


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
        Reply([sse({"choices": []}), sse({"choices": None}), sse({}), *stream(WORDS).parts]),
    ],
)
async def test_a_whole_reply_however_it_is_carried(reply: Reply) -> None:
    outcome = await both(reply)
    assert (outcome.error, outcome.text, outcome.output_tokens, outcome.usage) == (None, "".join(WORDS), 5, True)


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
async def test_reasoning_is_told_apart_by_both_of_its_names(field: str) -> None:
    outcome = await both(stream(WORDS, field=field))
    assert (outcome.reasoning, outcome.text, outcome.chunks) == ("".join(WORDS), "", 5)


async def test_usage_is_the_count_and_cached_tokens_are_seen() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 31, "prompt_tokens_details": {"cached_tokens": 4}}
    outcome = await both(stream(WORDS, usage=usage))
    assert (outcome.prompt_tokens, outcome.output_tokens, outcome.cached_tokens) == (9, 31, 4)
    assert outcome.chunks == 5


async def test_without_usage_the_chunks_are_the_tokens() -> None:
    outcome = await both(stream(WORDS, usage=None))
    assert (outcome.usage, outcome.output_tokens) == (False, 5)


async def test_a_reply_of_nothing_and_one_cut_short_by_its_limit() -> None:
    assert (await both(stream([], usage=0))).finish == "stop"
    assert (await both(stream(WORDS, finish="length"))).finish == "length"


async def test_half_a_surrogate_pair_becomes_the_replacement_character() -> None:
    half = b'data: {"choices":[{"delta":{"content":"a\\ud83d"}}]}\n\n'
    assert (await both(Reply([half, *stream(["b"]).parts]))).text == "a\ufffdb"


@pytest.mark.parametrize(("status", "body", "name", "retryable"), ANSWERS)
async def test_an_answer_in_place_of_a_reply_has_one_name(
    status: int | None, body: str, name: str, retryable: bool
) -> None:
    kind = "text/html" if body.lstrip().startswith("<") else "application/json"
    answer = Reply([body.encode()], status or 200, {"Content-Type": kind}, "length")
    if status is None:
        answer = Reply([sse(body), sse("[DONE]")])
    outcome = await both(answer)
    assert outcome.error == name
    assert outcome.retries == (2 if retryable else 0)


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        (after_a_word({"error": {"message": "The server had an error while processing your request"}}), "engine_dead"),
        (after_a_word({"error": "Context size has been exceeded."}, "[DONE]"), "kv_pool_full"),
        (after_a_word({"object": "error", "message": "what?"}, "[DONE]"), "stream_error"),
        (after_a_word({"error": {}}, "[DONE]"), "stream_error"),
        (after_a_word("not json", "[DONE]"), "stream_error"),
        (after_a_word("null", "[DONE]"), "stream_error"),
        (after_a_word([1], "[DONE]"), "stream_error"),
        (after_a_word(chunk({"content": 5}), "[DONE]"), "stream_error"),
        (after_a_word({"choices": "x"}, "[DONE]"), "stream_error"),
        (after_a_word("[" * 100_000, "[DONE]"), "stream_error"),
        (after_a_word(), "connection_lost"),
        (after_a_word().but(end="cut"), "connection_lost"),
        (after_a_word().but(end="reset"), "connection_lost"),
    ],
)
async def test_an_error_inside_a_stream_has_one_name_and_keeps_what_had_come(reply: Reply, name: str) -> None:
    outcome = await both(reply)
    assert (outcome.error, outcome.text, outcome.chunks, outcome.e2el) == (name, "a", 1, None)


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        (DROP, "connection_lost"),
        (Reply([b": ping\n\n"]), "connection_lost"),
        (error(200, "<html>It works!</html>"), "not_a_chat_server"),
        (error(200, {"choices": [{"message": {"content": "whole"}}]}), "not_a_chat_server"),
        (Reply([b"It works!"], headers={"Content-Type": "text/plain"}), "not_a_chat_server"),
        (Reply([], headers={}), "not_a_chat_server"),
        (error(302, "").but(headers={"Location": "/v1/models"}), "not_a_chat_server"),
    ],
)
async def test_what_is_no_reply_at_all_has_one_name(reply: Reply, name: str) -> None:
    assert (await both(reply)).error == name


@pytest.mark.parametrize("name", BOTH)
async def test_a_port_that_nothing_listens_on(name: ClientName) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/v1"
        async with Asker(name, url) as asker:
            assert (await asker.ask()).error == "connection_refused"


async def test_a_busy_server_is_asked_again_when_it_said() -> None:
    for name in BOTH:
        busy = error(429, "slow down", retry_after="7")
        async with FakeChatServer(busy, stream(WORDS)) as server, Asker(name, server.url) as asker:
            outcome = await asker.ask()
        assert (outcome.error, outcome.retried, asker.slept) == (None, ("rate_limited",), [7.0])
        assert asker.log.seen == ["sent", "backing_off", "sent", "generating"]


@pytest.mark.parametrize("end", ["keep", "close"])
async def test_a_connection_that_the_server_has_closed_since_is_no_error(end: Any) -> None:
    for name in BOTH:
        outcome, asker = await seen_by(name, *[stream(WORDS).but(end=end)] * 5)
        assert (outcome.error, outcome.retries, asker.meter.tokens) == (None, 0, 25)


async def test_a_request_that_dies_on_a_reused_connection_is_sent_again_on_a_new_one() -> None:
    for name in BOTH:
        replies = stream(["first"]), DROP, stream(["second"])
        async with FakeChatServer(*replies) as server, Asker(name, server.url) as asker:
            await asker.ask()
            outcome = await asker.ask()
        assert (outcome.error, outcome.text, outcome.retries) == (None, "second", 0)
        assert [received.nth for received in server.received] == [0, 1, 0]


async def test_the_body_on_the_wire_is_the_same() -> None:
    fields = {"max_tokens": 9, "temperature": 0.5, "ignore_eos": True, "api_key": "sk-secret"}
    extra = {"top_k": 20, "temperature": 0.7, "stop": None, "stream_options": {"continuous_usage_stats": True}}
    bodies = []
    for name in BOTH:
        async with FakeChatServer() as server, Asker(name, server.url, extra_body=extra, **fields) as asker:
            await asker.ask()
        [received] = server.received
        bodies.append(received.json)
        assert received.headers["authorization"] == "Bearer sk-secret"
        assert received.headers["accept-encoding"] == "identity"
        assert ("x-stainless-lang" in received.headers) == (name == "openai")
    assert bodies[0] == bodies[1]
    assert bodies[0]["top_k"] == 20


async def test_no_key_is_sent_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    for name in BOTH:
        async with FakeChatServer() as server, Asker(name, server.url) as asker:
            await asker.ask()
        assert "authorization" not in server.received[0].headers


async def test_the_key_is_struck_from_what_the_server_says() -> None:
    for name in BOTH:
        refusal = error(401, "bad key sk-secret!")
        async with FakeChatServer(refusal) as server, Asker(name, server.url, api_key="sk-secret") as asker:
            assert (await asker.ask()).detail == "HTTP 401: bad key [key]!"


@pytest.mark.parametrize("name", BOTH)
async def test_a_cancelled_request_closes_its_connection_and_gives_what_had_come(name: ClientName) -> None:
    never = asyncio.Event()
    async with FakeChatServer(stream(WORDS).holding(never, 3)) as server, Asker(name, server.url) as asker:
        exchange = asker.begin()
        task = asyncio.ensure_future(exchange.run())
        await asker.log.first_token.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server.connections[0].closed.wait(), 10)
        outcome = exchange.partial()
    assert outcome.error == "abandoned"
    assert "".join(WORDS).startswith(outcome.text)
    assert asker.meter.tokens == outcome.output_tokens >= 1


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("after", [0, 3])
async def test_a_reply_that_stands_still_is_given_up_and_its_connection_closed(name: ClientName, after: int) -> None:
    held = stream(WORDS).holding(asyncio.Event(), after)
    async with FakeChatServer(held) as server, Asker(name, server.url, stall_s=0.5) as asker:
        outcome = await asker.ask()
        await asyncio.wait_for(server.connections[0].closed.wait(), 10)
    assert (outcome.error, outcome.chunks) == ("stalled", max(0, after - 1))


# What the SDK does not tell: the module says why.


@pytest.mark.parametrize(
    ("reply", "ours", "theirs"),
    [
        (stream(WORDS, finish=None), None, "connection_lost"),
        (Reply([stream(WORDS, done=False, usage=None).split(100_000).parts[0][:-1]]), None, "connection_lost"),  # type: ignore[index]
        (Reply([b"event: ping\n\n", *stream(WORDS).parts]), None, "stream_error"),
        (Reply([b"retry: 1000\n\n", *stream(WORDS).parts]), None, "stream_error"),
        (Reply([b"data:\n\n", *stream(WORDS).parts]), None, "stream_error"),
        (Reply([b'data: {"choices":[{"delta":{"content":"\xff"}}]}\n\n', *stream(WORDS).parts]), None, "stream_error"),
        (Reply([b"event: thread.x\n%b" % part for part in stream(WORDS).parts]), None, "connection_lost"),  # type: ignore[operator]
        (error(200, {"error": "Context size has been exceeded."}), "kv_pool_full", "not_a_chat_server"),
        (error(400, "too long").but(end="cut"), "bad_request", "connection_lost"),
    ],
)
async def test_what_the_sdk_does_not_tell_gets_another_name(reply: Reply, ours: str | None, theirs: str) -> None:
    assert (await seen_by("fast", reply))[0].error == ours
    assert (await seen_by("openai", reply))[0].error == theirs


async def test_the_sdk_drops_the_text_beside_an_error_and_after_it() -> None:
    beside = Reply([sse({**chunk({"content": "a"}), "error": "full"}), sse(chunk({"content": "b"})), sse("[DONE]")])
    ours, _ = await seen_by("fast", beside)
    theirs, _ = await seen_by("openai", beside)
    assert (ours.error, theirs.error) == ("stream_error", "stream_error")
    assert (ours.text, theirs.text) == ("ab", "")


async def test_the_sdk_does_not_tell_http_from_something_else() -> None:
    def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    names = []
    async with server:
        for name in BOTH:
            async with Asker(name, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1") as asker:
                names.append((await asker.ask()).error)
    assert names == ["not_a_chat_server", "connection_lost"]


async def test_the_sdk_does_not_tell_when_bytes_arrived() -> None:
    at_once = stream(WORDS).split(100_000)
    assert (await seen_by("fast", at_once))[1].meter.gaps == [0.0] * 4
    assert all(gap > 0 for gap in (await seen_by("openai", at_once))[1].meter.gaps)


async def test_the_sdk_sends_the_urls_user_in_place_of_the_key() -> None:
    sent = []
    for name in BOTH:
        server = FakeChatServer()
        async with server, Asker(name, server.url.replace("//", "//user:pass@"), api_key="sk-secret") as asker:
            await asker.ask()
        sent.append(server.received[0].headers["authorization"].split()[0])
    assert sent == ["Bearer", "Basic"]


async def test_pings_do_not_show_the_sdk_that_a_server_lives() -> None:
    pings = Reply([b": ping\n\n", asyncio.Event()])
    for name, seen in (("fast", True), ("openai", False)):
        async with FakeChatServer(pings) as server, Asker(name, server.url, stall_s=0.5) as asker:
            exchange = asker.begin()
            assert (await exchange.run()).error == "stalled"
        assert (exchange._reply.read_at is not None) == seen


async def test_a_whole_run_with_the_sdk_counts_as_one_with_our_client(tmp_path: Any) -> None:
    said = stream(["one", " two"], usage={"prompt_tokens": 5, "completion_tokens": 9})
    async with FakeChatServer(said) as server:
        result = await finish(start(make_plan(server.url, client="openai"), tmp_path))
        asked = len(server.received)
    assert (result.state, result.summary.failed) == ("done", 0)
    assert result.summary.completed == asked > 0
    assert result.summary.total_output_tokens == 9 * asked
    assert all("x-stainless-lang" in received.headers for received in server.received)
    record = msgspec.json.decode((tmp_path / "run.json").read_bytes(), type=RunRecord)
    assert record.target["client"] == "openai"
    assert record.versions["openai"]
    assert "sk-secret" not in json.dumps(msgspec.to_builtins(record))


def test_a_worker_loads_the_sdk_only_when_it_is_asked_for() -> None:
    code = "import sys, stress.session.worker; print({'openai', 'httpx2'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.stdout.strip(), result.stderr) == ("set()", "")


async def test_a_request_that_json_cannot_hold_is_no_failure_of_the_stream() -> None:
    async with FakeChatServer() as server, Asker("openai", server.url, extra_body={"x": float("nan")}) as asker:
        outcome = await asker.ask()
    assert outcome.error == "bad_request"
    assert outcome.detail is not None
    assert outcome.detail.startswith("it cannot be sent: ")


async def test_a_mistake_of_ours_while_a_reply_is_read_is_not_blamed_on_the_server(monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("stress.client.reply.Reply.add", broken)
    async with FakeChatServer() as server, Asker("openai", server.url) as asker:
        with pytest.raises(ValueError, match="a bug"):
            await asker.ask()
