"""Bursts from end to end, against a fake server on real sockets."""

import asyncio
import os
import signal

import msgspec
import psutil
import pytest
from chat_server import FakeChatServer, error, stream
from recorded import read_events
from short_runs import finish, make_plan, start

from stress.events import Pulse, Request
from stress.fold.summary import summarise
from stress.ramp import BurstPlan, constant
from stress.runs.directory import RunRecord
from stress.runs.handle import Control
from stress.runs.playback import Playback
from stress.runs.recording import Recording
from stress.swarm.burst import burst_scenario
from stress.view.summary_table import summary_table


def burst_plan(url: str, requests: int, concurrency: int, tokens: int = 20, **changes):
    burst = BurstPlan(requests=requests, tokens=tokens, concurrency=concurrency, prompt_tokens=30)
    fields = {"scenario": burst_scenario(tokens, 0.5, ignore_eos=True), "ramp": constant(concurrency), "burst": burst}
    return make_plan(url, **fields | changes)


async def until(condition) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 (the state of another thread: no event tells of it)
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("requests", "concurrency", "workers"), [(12, 12, None), (30, 4, None), (31, 6, 3), (9, 2, 3)])
async def test_exactly_so_many_requests_are_sent_and_never_more_at_a_time(tmp_path, requests, concurrency, workers):
    async with FakeChatServer(stream(["a"] * 20)) as server:
        result = await finish(start(burst_plan(server.url, requests, concurrency, workers=workers), tmp_path))
    assert (result.state, result.summary.completed) == ("done", requests)
    assert len(server.received) == requests
    assert result.summary.max_concurrent_requests <= concurrency
    assert max(event.in_flight for event in read_events(tmp_path) if isinstance(event, Pulse)) <= concurrency
    prompts = {received.messages[-1]["content"] for received in server.received}
    assert len(prompts) == requests


async def test_a_burst_is_recorded_summed_up_and_replayed_as_one(tmp_path):
    async with FakeChatServer(stream(["a"] * 20)) as server:
        session = start(burst_plan(server.url, 10, 5), tmp_path)
        result = await finish(session)
    record = msgspec.json.decode((tmp_path / "run.json").read_bytes(), type=RunRecord)
    assert record.about.plan.text == "10 requests of 20 tokens, 5 at a time"
    assert record.ramp == {"text": record.about.plan.text}
    burst = result.summary.burst
    assert (burst.requests, burst.tokens, burst.concurrency, burst.held) == (10, 20, 5, None)
    assert burst.full_s + burst.tail_s == pytest.approx(result.summary.duration, abs=0.01)
    assert len(burst.slowest_ms) == 5
    playback = Playback(Recording(tmp_path))
    playback.go_to(1e9)
    assert playback.snapshot == session.snapshot()
    assert summarise(playback.fold) == result.summary
    assert playback.snapshot.progress.share == 1


async def test_the_summary_has_prompts_as_asked_and_as_measured_and_replies_that_ended_early(tmp_path):
    usage = {"prompt_tokens": 175, "completion_tokens": 64}
    async with FakeChatServer(stream(["a"] * 64, usage=usage)) as server:
        result = await finish(start(burst_plan(server.url, 6, 3, tokens=200), tmp_path))
    burst = result.summary.burst
    assert (burst.prompt_tokens, burst.mean_prompt_tokens) == (30, 175)
    assert (burst.ended_early, burst.mean_early_tokens) == (6, 64)
    table = "\n".join(summary_table(result, "here"))
    assert "prompts     1,050 tokens, 175 a prompt (30 requested), cached n/a" in table
    assert "the server ended 6 of 6 replies early, after 64 of 200 tokens on average" in table


async def test_whole_replies_are_not_called_early(tmp_path):
    async with FakeChatServer(stream(["a"] * 20)) as server:
        result = await finish(start(burst_plan(server.url, 6, 3), tmp_path))
    assert (result.summary.burst.ended_early, result.summary.burst.mean_early_tokens) == (0, None)
    assert "early" not in "\n".join(summary_table(result, "here"))


async def test_requests_that_fail_count_as_sent(tmp_path):
    replies = [stream(["a"]), error(500, "boom")]
    async with FakeChatServer(*replies) as server:
        result = await finish(start(burst_plan(server.url, 8, 4), tmp_path))
    requests = [event for event in read_events(tmp_path) if isinstance(event, Request)]
    assert len(requests) == 8
    assert result.summary.completed + result.summary.failed == 8
    assert result.summary.failed > 0


async def test_a_worker_that_dies_loses_what_it_had_in_flight_and_the_rest_is_sent(tmp_path):
    go_on = asyncio.Event()
    whole, held = stream(["a"] * 10), stream(["a"] * 10).holding(go_on, after=3)
    async with FakeChatServer(whole, whole, whole, whole, held) as server:
        session = start(burst_plan(server.url, 20, 4), tmp_path)
        await until(lambda: session.snapshot().sample.requests == 4 and session.snapshot().sample.in_flight == 4)
        (worker,) = [child for child in psutil.Process().children(True) if "stress.session.worker" in child.cmdline()]
        os.kill(worker.pid, signal.SIGKILL)
        go_on.set()
        result = await finish(session)
    assert result.state == "done"
    assert result.summary.client.workers_lost == 1
    assert (result.summary.completed, result.summary.failed) == (16, 4)


async def test_a_burst_whose_last_requests_are_all_refused_has_failed(tmp_path):
    held = stream(["a"] * 20).holding(asyncio.Event(), after=3)
    async with FakeChatServer(*[stream(["a"] * 20)] * 3, held) as server:
        session = start(burst_plan(server.url, 9, 1), tmp_path)
        await until(lambda: session.snapshot().sample.requests == 3 and session.snapshot().sample.in_flight == 1)
    result = await finish(session)
    assert (result.state, result.summary.completed, result.exit_status) == ("failed", 3, 1)
    assert f"The server at {server.url} has refused every connection for" in result.cause


async def test_a_worker_killed_at_full_speed_leaves_no_request_unaccounted_and_none_is_sent_twice(tmp_path):
    async with FakeChatServer(stream(["a"])) as server:
        session = start(burst_plan(server.url, 1500, 20, workers=2), tmp_path)
        await until(lambda: session.snapshot().sample.requests >= 300)
        (worker, _) = [child for child in psutil.Process().children() if "stress.session.worker" in child.cmdline()]
        os.kill(worker.pid, signal.SIGKILL)
        result = await finish(session)
        received = len(server.received)
    assert result.summary.client.workers_lost == 1
    assert result.summary.completed + result.summary.failed == 1500
    assert 0 <= 1500 - received <= 10  # at most one an agent that had begun and was not sent


async def test_a_burst_without_a_reply_has_failed(tmp_path):
    async with FakeChatServer(error(400, "no")) as server:
        result = await finish(start(burst_plan(server.url, 3, 3), tmp_path))
    assert (result.state, result.exit_status) == ("failed", 1)
    assert result.summary.burst.rate is None


async def test_an_interrupt_ends_it_and_keeps_what_came(tmp_path):
    async with FakeChatServer(stream(["a"] * 50).holding(asyncio.Event(), after=10)) as server:
        session = start(burst_plan(server.url, 20, 4), tmp_path)
        await until(lambda: session.snapshot().sample.output_tokens >= 20)
        session.control(Control("stop"))
        result = await finish(session)
    assert result.state == "interrupted"
    assert result.summary.abandoned == 4
