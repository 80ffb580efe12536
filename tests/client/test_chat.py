"""The client against a transport that the test plays, on a clock that the test turns."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fakes.chat_server import Reply, Role, chunk, sse, stream
from fakes.turned_clock import TurnedLoop

from stress.client.chat import ChatClient
from stress.client.exchange import Exchange, Outcome
from stress.client.failures import Failure
from stress.client.meter import Meter
from stress.client.transport import Sink, TransportError
from stress.client.wire import Endpoint
from stress.engines.registry import FAILURES

ENDPOINT = Endpoint(base_url="http://h/v1", model="m", api_key="sk-secret")
SSE = {"Content-Type": "text/event-stream"}

Play = Callable[[Sink, Callable[[], float]], Awaitable[None]]
"""What the transport does with one request."""


class PlayedTransport:
    """Plays one script a request, the last one for ever."""

    def __init__(self, *plays: Play) -> None:
        self.plays = list(plays)
        self.posted: list[tuple[str, Mapping[str, str], bytes]] = []

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, sink: Sink) -> None:
        self.posted.append((url, headers, body))
        clock = asyncio.get_running_loop().time
        sink.sending(clock())
        await self.plays[min(len(self.posted), len(self.plays)) - 1](sink, clock)

    async def close(self) -> None:
        pass


class Log:
    """What the client told about its progress, and when."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, float]] = []

    def _note(self, what: str) -> None:
        self.seen.append((what, asyncio.get_running_loop().time() - 1000))

    def sent(self) -> None:
        self._note("sent")

    def generating(self) -> None:
        self._note("generating")

    def backing_off(self) -> None:
        self._note("backing_off")

    @property
    def names(self) -> list[str]:
        return [what for what, _ in self.seen]


class Run:
    """A client on the turned clock, which starts at 1000."""

    def __init__(self, *plays: Play, **settings: Any) -> None:
        self.transport = PlayedTransport(*plays)
        self.meter = Meter()
        self.log = Log()
        self.settings = settings

    def exchange(self) -> Exchange:
        client = ChatClient(
            ENDPOINT,
            self.transport,
            self.meter,
            clock=asyncio.get_running_loop().time,
            rng=random.Random(1),
            words=FAILURES,
            **self.settings,
        )
        return client.begin([{"role": "user", "content": "hi"}], self.log)

    def outcome(self) -> Outcome:
        async def main() -> Outcome:
            return await self.exchange().run()

        with asyncio.Runner(loop_factory=TurnedLoop) as runner:
            return runner.run(main())


def plays(reply: Reply, every: float = 1.0) -> Play:
    """The reply's parts, the first one at once and then one each `every` seconds; an event waits for ever."""

    async def play(sink: Sink, clock: Callable[[], float]) -> None:
        take = sink.head(reply.status, reply.headers)
        for nth, part in enumerate(reply.parts):
            await asyncio.sleep(every if nth else 0)
            if isinstance(part, asyncio.Event):
                await part.wait()
            elif take(part, clock()):
                return

    return play


def breaks(name: Any) -> Play:
    async def play(sink: Sink, clock: Callable[[], float]) -> None:
        raise TransportError(Failure(name, "gone"))

    return play


def then(first: Play, second: Play) -> Play:
    async def play(sink: Sink, clock: Callable[[], float]) -> None:
        await first(sink, clock)
        await second(sink, clock)

    return play


def refuses(status: int, retry_after: str | None = None, body: bytes = b"") -> Play:
    headers = {"Content-Type": "application/json"} | ({"Retry-After": retry_after} if retry_after else {})
    return plays(Reply([body], status, headers))


def silence() -> Role:
    return asyncio.Event()


def test_times_and_tokens_of_a_reply_are_by_definition() -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 4}}
    run = Run(plays(stream(["a", "b", "c"], usage=usage)))
    # The role comes at 1000, the words at 1001 to 1003, then the finish reason, usage and [DONE].
    assert run.outcome() == Outcome(
        start=1000.0,
        end=1003.0,
        ttft=1.0,
        tpot=2.0 / 8,
        e2el=3.0,
        text="abc",
        chunks=3,
        prompt_tokens=5,
        output_tokens=9,
        cached_tokens=4,
        usage=True,
        finish="stop",
    )
    assert run.log.seen == [("sent", 0.0), ("generating", 1.0)]
    assert run.meter.take() == (9, [1.0, 1.0], [1.0])


def test_the_request_goes_to_chat_completions_with_the_key() -> None:
    run = Run(plays(stream(["a"])))
    run.outcome()
    url, headers, _body = run.transport.posted[0]
    assert url == "http://h/v1/chat/completions"
    assert headers["Authorization"] == "Bearer sk-secret"


def test_without_usage_the_chunks_are_the_tokens() -> None:
    outcome = Run(plays(stream(["a", "b", "c"], usage=None))).outcome()
    assert (outcome.usage, outcome.output_tokens, outcome.tpot) == (False, 3, 1.0)


def test_an_empty_reply_is_no_error_and_has_no_times() -> None:
    outcome = Run(plays(stream([], usage=0))).outcome()
    assert (outcome.error, outcome.ttft, outcome.tpot, outcome.e2el) == (None, None, None, None)
    assert outcome.finish == "stop"
    assert outcome.end == 1003.0


def test_a_reply_of_one_token_has_no_tpot() -> None:
    outcome = Run(plays(stream(["a"]))).outcome()
    assert (outcome.ttft, outcome.tpot, outcome.e2el) == (1.0, None, 1.0)


def test_429_waits_as_long_as_the_server_asks_and_tries_again() -> None:
    run = Run(refuses(429, "7"), plays(stream(["a"])))
    outcome = run.outcome()
    assert run.log.seen == [("sent", 0), ("backing_off", 0), ("sent", 7), ("generating", 8)]
    assert (outcome.error, outcome.start, outcome.ttft) == (None, 1007.0, 1.0)
    assert (outcome.retries, outcome.retried) == (1, ("rate_limited",))


def test_a_long_retry_after_is_capped_at_30_s() -> None:
    run = Run(refuses(503, "3600"), plays(stream(["a"])))
    assert run.outcome().start == 1030.0


def test_without_retry_after_the_back_off_doubles_under_full_jitter_up_to_its_cap() -> None:
    run = Run(refuses(503), attempts=9)
    outcome = run.outcome()
    waits = [
        end - start
        for (what, start), (_, end) in zip(run.log.seen, run.log.seen[1:], strict=False)
        if what == "backing_off"
    ]
    caps = [0.25, 0.5, 1, 2, 4, 8, 8, 8]
    rng = random.Random(1)
    assert [round(wait, 6) for wait in waits] == [round(rng.uniform(0, cap), 6) for cap in caps]
    assert (outcome.error, outcome.retries) == ("server_error", 8)


def test_after_the_last_attempt_it_is_a_failure() -> None:
    run = Run(refuses(429, "1"))
    outcome = run.outcome()
    assert len(run.transport.posted) == 6
    assert (outcome.error, outcome.detail) == ("rate_limited", "HTTP 429")
    assert outcome.retried == ("rate_limited",) * 5
    assert run.log.names[-1] == "sent"


def test_what_does_not_help_is_not_tried_again() -> None:
    for play in (refuses(400), refuses(500), refuses(401), breaks("connection_refused"), breaks("connection_lost")):
        run = Run(play)
        assert run.outcome().error is not None
        assert len(run.transport.posted) == 1


def test_a_broken_transport_gives_its_failure() -> None:
    outcome = Run(breaks("connection_refused")).outcome()
    assert (outcome.error, outcome.detail, outcome.ttft, outcome.end) == ("connection_refused", "gone", None, 1000.0)


def test_a_stream_that_breaks_off_is_lost_with_what_had_come() -> None:
    half = stream(["a", "b"], finish=None, done=False, usage=None)
    for play in (plays(half), then(plays(half), breaks("connection_lost"))):
        outcome = Run(play).outcome()
        assert (outcome.error, outcome.text, outcome.ttft, outcome.e2el) == ("connection_lost", "ab", 1.0, None)


def test_a_connection_that_breaks_after_the_finish_reason_is_no_error() -> None:
    play = then(plays(stream(["a"], done=False)), breaks("connection_lost"))
    assert Run(play).outcome().error is None


def test_a_response_that_is_no_stream_is_not_a_chat_server() -> None:
    for reply in (
        Reply([b"<html></html>"], headers={"Content-Type": "text/html; charset=utf-8"}),
        Reply([b'{"choices":[{"message":{"content":"whole"}}]}'], headers={"Content-Type": "application/json"}),
        Reply([b"It works!"], headers={"Content-Type": "text/plain"}),
        Reply([], headers={}),
    ):
        assert Run(plays(reply)).outcome().error == "not_a_chat_server"


def test_a_stream_is_read_whatever_its_content_type() -> None:
    for kind in ({}, {"Content-Type": "text/plain"}, {"Content-Type": "TEXT/EVENT-STREAM; charset=utf-8"}):
        assert Run(plays(stream(["a"]).but(headers=kind))).outcome().text == "a"


def test_an_event_stream_that_ends_before_its_first_event_is_a_lost_connection() -> None:
    assert Run(plays(Reply([b": ping\n\n"]))).outcome().error == "connection_lost"


def test_an_error_object_with_status_200_is_named_by_its_words() -> None:
    body = b'{"error":{"message":"Context size has been exceeded."}}'
    assert Run(refuses(200, body=body)).outcome().error == "kv_pool_full"


def test_no_more_than_64_kib_of_an_error_are_read() -> None:
    sizes: list[int] = []

    async def play(sink: Sink, clock: Callable[[], float]) -> None:
        take = sink.head(500, {})
        while not take(b"x" * 1000, clock()):
            sizes.append(1000)

    outcome = Run(play).outcome()
    assert 64_000 <= sum(sizes) < 66_000
    assert outcome.error == "server_error"


def test_the_key_is_struck_from_what_the_server_says() -> None:
    outcome = Run(refuses(401, body=b'{"error":"bad key sk-secret!"}')).outcome()
    assert outcome.detail == "HTTP 401: bad key [key]!"


def test_a_reply_that_stands_still_is_stalled_after_the_stall_time() -> None:
    run = Run(plays(stream(["a", "b", "c"]).holding(asyncio.Event(), after=3)), stall_s=60)
    outcome = run.outcome()
    # Its last token came at 1002.
    assert (outcome.error, outcome.end) == ("stalled", 1062.0)
    assert outcome.detail == "no token for 60 s after 2 chunks"
    assert (outcome.text, outcome.ttft, outcome.e2el) == ("ab", 1.0, None)


def test_a_slow_reply_is_not_stalled_as_long_as_tokens_come() -> None:
    outcome = Run(plays(stream(["a", "b", "c"]), every=59.0), stall_s=60).outcome()
    assert (outcome.error, outcome.e2el) == (None, 3 * 59.0)


def test_pings_do_not_keep_a_reply_alive_that_has_begun() -> None:
    pings = Reply([sse(chunk({"content": "a"})), *[b": ping\n\n"] * 100])
    outcome = Run(plays(pings, every=10.0), stall_s=60).outcome()
    assert (outcome.error, outcome.end) == ("stalled", 1060.0)


def test_without_a_byte_a_request_is_stalled_after_the_stall_time() -> None:
    outcome = Run(plays(Reply([silence()])), stall_s=60).outcome()
    assert (outcome.error, outcome.end, outcome.detail) == ("stalled", 1060.0, "no first token for 60 s")


def test_a_request_in_the_queue_waits_on_while_the_server_shows_life() -> None:
    pings = Reply([*[b": ping\n\n"] * 30, *stream(["a"]).parts])
    outcome = Run(plays(pings, every=10.0), stall_s=60).outcome()
    assert (outcome.error, outcome.ttft) == (None, 310.0)


def test_others_tokens_show_that_the_server_lives() -> None:
    late = plays(Reply([b"", *stream(["a"]).parts]), every=100.0)
    assert Run(late, stall_s=60).outcome().error == "stalled"

    async def main(run: Run) -> Outcome:
        waiting = asyncio.ensure_future(run.exchange().run())
        while not waiting.done():
            run.meter.last_at = asyncio.get_running_loop().time()
            await asyncio.sleep(30)
        return waiting.result()

    with asyncio.Runner(loop_factory=TurnedLoop) as runner:
        assert runner.run(main(Run(late, stall_s=60))).ttft == 200.0


def test_but_no_request_waits_for_its_first_token_without_end() -> None:
    pings = Reply([b": ping\n\n"] * 1000)
    outcome = Run(plays(pings, every=10.0), stall_s=60).outcome()
    assert (outcome.error, outcome.end) == ("stalled", 1600.0)


def cancelled(run: Run, after: float) -> Outcome:
    async def main() -> Outcome:
        exchange = run.exchange()
        task = asyncio.ensure_future(exchange.run())
        await asyncio.sleep(after)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return exchange.partial()
        raise AssertionError("the cancellation was swallowed")

    with asyncio.Runner(loop_factory=TurnedLoop) as runner:
        return runner.run(main())


def test_a_cancelled_request_gives_what_had_come() -> None:
    run = Run(plays(stream(["a", "b", "c"]).holding(asyncio.Event(), after=3)))
    outcome = cancelled(run, after=20.0)
    assert (outcome.error, outcome.text, outcome.chunks, outcome.output_tokens) == ("abandoned", "ab", 2, 2)
    assert (outcome.start, outcome.end, outcome.ttft, outcome.e2el) == (1000.0, 1020.0, 1.0, None)
    assert run.meter.tokens == 2


def test_a_request_cancelled_while_it_backs_off_is_abandoned() -> None:
    outcome = cancelled(Run(refuses(429, "30")), after=5.0)
    assert (outcome.error, outcome.retries, outcome.end) == ("abandoned", 1, 1005.0)


def test_a_whole_reply_cancelled_before_its_connection_ended_is_whole() -> None:
    lingering = then(plays(stream(["a"])), plays(Reply([silence()])))
    outcome = cancelled(Run(lingering), after=30.0)
    assert (outcome.error, outcome.text, outcome.output_tokens) == (None, "a", 1)


def test_partial_before_run_says_that_nothing_was_sent() -> None:
    async def main() -> Outcome:
        return Run().exchange().partial("stalled")

    with asyncio.Runner(loop_factory=TurnedLoop) as runner:
        outcome = runner.run(main())
    assert (outcome.error, outcome.start, outcome.end, outcome.text) == ("stalled", 1000.0, 1000.0, "")
