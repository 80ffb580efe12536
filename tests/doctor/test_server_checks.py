import asyncio

from fakes.chat_server import FakeChatServer, Reply, error, stream

from stress.client.chat import one_reply
from stress.client.wire import Endpoint
from stress.doctor.check import Check
from stress.doctor.server import SHORT, server_checks

WORDS = [f" word{n}" for n in range(8)]


async def look(server: FakeChatServer, model: str | None = None, key: str | None = None) -> dict[str, Check]:
    lines, answered = await asyncio.to_thread(server_checks, server.url, key, model, lambda _: None)
    assert answered
    return {line.name: line for line in lines}


async def test_a_server_that_streams_and_counts_is_well_but_for_being_unknown():
    async with FakeChatServer(stream(WORDS)) as server:
        lines = await look(server)
        assert server.received[0].json["max_tokens"] == 16
    assert lines["engine"].state == "warning"
    assert lines["model"].found == "fake-model"
    assert lines["reply"].state == "ok"
    assert lines["reply"].found.startswith("first token after ")
    assert "all 8 after" in lines["reply"].found
    assert lines["usage"].found == "reported: 7 prompt tokens, n/a of them cached"
    assert lines["metrics"].state == "warning"


async def test_a_server_that_reports_no_usage_has_a_warning():
    async with FakeChatServer(stream(WORDS, usage=None)) as server:
        lines = await look(server)
    assert lines["usage"].state == "warning"


async def test_a_reply_in_one_piece_is_told():
    async with FakeChatServer(stream(["all at once"], usage=9)) as server:
        lines = await look(server)
    assert lines["stream"].state == "warning"


async def test_a_failed_reply_is_a_problem_with_its_name():
    async with FakeChatServer(error(500, "This model's maximum \x1b[31mcontext")) as server:
        lines = await look(server)
    assert lines["reply"].state == "problem"
    assert lines["reply"].found.startswith("server_error: HTTP 500")
    assert "\x1b" not in lines["reply"].found
    assert "usage" not in lines


async def test_an_empty_reply_is_a_warning():
    async with FakeChatServer(stream([])) as server:
        assert (await look(server))["reply"].state == "warning"


async def test_another_model_than_asked_for_is_a_doubt():
    async with FakeChatServer(stream(WORDS)) as server:
        lines = await look(server, model="other-70b")
    assert "other-70b" in lines["doubt"].found


async def test_metrics_of_a_known_engine_are_read():
    page = "vllm:num_requests_running 3\nvllm:num_requests_waiting 1\nvllm:kv_cache_usage_perc 0.25\n"
    async with FakeChatServer(stream(WORDS)) as server:
        server.pages["/metrics"] = Reply([page.encode()], 200, {"Content-Type": "text/plain"}, "length")
        line = (await look(server))["metrics"]
    assert line.found == "/metrics: 3 running, 1 waiting, KV cache 25%"
    assert line.state == "ok"


async def test_a_page_that_is_no_metrics_is_told():
    async with FakeChatServer(stream(WORDS)) as server:
        server.pages["/metrics"] = Reply([b"<html>{}}</html>"], 200, {"Content-Type": "text/html"}, "length")
        assert (await look(server))["metrics"].state == "warning"


async def test_a_reply_that_stands_still_is_given_up():
    forever = asyncio.Event()
    async with FakeChatServer(stream(WORDS).holding(forever, 3)) as server:
        outcome = await one_reply(Endpoint(base_url=server.url, model="m"), SHORT, limit=0.2)
    assert outcome.error in ("timeout", "stalled")


def test_nothing_there_is_one_problem():
    lines, answered = server_checks("http://127.0.0.1:9", None, None, lambda _: None)
    assert not answered
    assert [line.state for line in lines] == ["problem"]
