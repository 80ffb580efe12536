import asyncio
import contextlib
import json
import os
import signal
import threading
from typing import ClassVar

import msgspec
import psutil
import pytest
from chat_server import FakeChatServer, error, stream
from recorded import read_events
from short_runs import finish, make_plan, start
from town import make_scenario

from stress.errors import StressError
from stress.events import (
    AgentState,
    Controlled,
    Mark,
    Message,
    Phase,
    Pulse,
    Request,
    Sample,
    Target,
    Trouble,
    WorkerLost,
)
from stress.fold.fold import Fold
from stress.fold.summary import Summary, summarise
from stress.fold.whole import picture
from stress.ramp import parse_ramp
from stress.runs.directory import RunRecord, create_directory
from stress.runs.handle import Control, Ending
from stress.runs.playback import ghost_of
from stress.runs.recording import Recording
from stress.session.protocol import first_id
from stress.session.record import about
from stress.session.session import Session


def record(path) -> RunRecord:
    return msgspec.json.decode((path / "run.json").read_bytes(), type=RunRecord)


def events(path, kind):
    return [event for event in read_events(path) if isinstance(event, kind)]


async def until(condition) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 (the state of another thread: no event tells of it)
            await asyncio.sleep(0.01)


async def test_a_run_is_recorded_from_its_first_event_to_its_summary(tmp_path):
    async with FakeChatServer() as server:
        session = start(make_plan(server.url), tmp_path)
        assert session.ending is None
        result = await finish(session)
    assert session.ending == Ending(state="done", place=str(tmp_path), summary=result.summary)
    assert session.snapshot().whole.sample.tok_s == result.summary.output_throughput
    assert (result.state, result.cause, result.exit_status) == ("done", None, 0)
    assert record(tmp_path).state == "done"
    assert [phase.name for phase in events(tmp_path, Phase)] == ["ramp", "hold", "drain", "done"]
    assert [target.agents for target in events(tmp_path, Target)] == [2, 3, 4]
    samples = events(tmp_path, Sample)
    assert len(samples) >= 2 * (samples[-1].t - samples[0].t)
    assert samples[-1].phase == "done"
    assert samples[-1].in_flight == 0


async def test_every_reply_that_answers_mail_shows_that_mail_in_its_prompt_on_the_wire(tmp_path):
    said: dict[str, list[dict[str, str]]] = {}

    def answer(received):
        said[f"reply {len(said)} ends."] = received.messages
        return stream([f"reply {len(said) - 1}", " ends."])

    async with FakeChatServer(answer) as server:
        await finish(start(make_plan(server.url, "3..6"), tmp_path))
    messages = {message.id: message for message in events(tmp_path, Message)}
    by_request = {message.request: message for message in messages.values()}
    answering = [request for request in events(tmp_path, Request) if request.answers]
    assert len(answering) > 10
    for request in answering:
        prompt = said[by_request[request.id].text]
        for number in request.answers:
            mail = messages[number]
            assert request.agent in mail.to
            assert f"{mail.sender} (" in prompt[-1]["content"]
            assert mail.text in prompt[-1]["content"]


async def test_the_record_folds_to_the_summary_and_the_screen_of_the_live_run(tmp_path):
    async with FakeChatServer(stream(["a"] * 20)) as server:
        plan = make_plan(server.url)
        session = start(plan, tmp_path)
        result = await finish(session)
    fold = Fold(about(plan))
    for event in read_events(tmp_path):
        fold.apply(event)
    assert summarise(fold) == result.summary
    assert picture(fold) == session.snapshot()
    assert msgspec.json.decode((tmp_path / "summary.json").read_bytes(), type=Summary) == result.summary


async def test_tokens_are_those_of_the_servers_usage_and_the_live_count_agrees(tmp_path):
    async with FakeChatServer(stream(["one", " two"], usage={"prompt_tokens": 5, "completion_tokens": 9})) as server:
        result = await finish(start(make_plan(server.url), tmp_path))
        asked = len(server.received)
    assert result.summary.completed == asked
    assert result.summary.total_output_tokens == 9 * asked
    assert sum(pulse.tokens for pulse in events(tmp_path, Pulse)) == 9 * asked


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
async def test_a_model_that_only_thinks_keeps_the_load_up_and_is_counted(field, tmp_path):
    thinks = stream(["Hmm", ", let me", " see"], field=field, finish="length")
    async with FakeChatServer(thinks) as server:
        ramp, scenario = parse_ramp("16", hold="60s"), make_scenario("ring", patience="60s")
        session = start(make_plan(server.url, ramp=ramp, scenario=scenario, workers=2), tmp_path)
        await server.wait_received(160)
        session.control(Control("drain"))
        summary = (await finish(session)).summary
    assert summary.replies_only_thoughts == summary.completed >= 144
    assert session.snapshot().sample.only_thoughts == summary.completed
    assert all(message.thoughts for message in events(tmp_path, Message))


async def test_in_flight_requests_never_exceed_the_population(tmp_path):
    async with FakeChatServer() as server:
        result = await finish(start(make_plan(server.url, "2..9"), tmp_path))
    pulses = events(tmp_path, Pulse)
    assert all(pulse.in_flight <= pulse.agents <= 9 for pulse in pulses)
    assert 0 < result.summary.max_concurrent_requests <= 9


async def test_no_key_is_anywhere_in_the_record(tmp_path):
    async with FakeChatServer() as server:
        plan = make_plan(server.url.replace("//", "//user:hunter2@"), argv=("--url", "http://user:hunter2@x/v1"))
        await finish(start(plan, tmp_path))
    for path in tmp_path.iterdir():
        text = path.read_text()
        assert "sk-secret" not in text
        assert "hunter2" not in text


async def test_when_no_reply_ever_succeeds_the_run_has_failed_and_says_of_what(tmp_path):
    async with FakeChatServer(error(500, "The server had an error while processing your request.")) as server:
        result = await finish(start(make_plan(server.url), tmp_path))
    assert (result.state, result.exit_status) == ("failed", 1)
    assert "No request succeeded" in result.cause
    assert "engine dead" in result.cause
    assert record(tmp_path).state == "failed"


async def test_what_a_viewer_does_to_the_ramp_or_the_screen_is_in_the_record(tmp_path):
    async with FakeChatServer() as server:
        plan = make_plan(server.url, ramp=parse_ramp(None, stages="2@60s,3@60s"))
        session = start(plan, tmp_path)
        await until(lambda: session.snapshot().sample.requests > 0)
        session.control(Control("screenshot"))
        session.control(Control("next_stage"))
        await until(lambda: session.snapshot().ramp_elapsed >= 60)
        session.control(Control("next_stage"))
        await finish(session)
    named = {control.name: control.value for control in events(tmp_path, Controlled)}
    assert set(named) == {"screenshot", "next_stage"}
    assert 50 < named["next_stage"] <= 60
    assert record(tmp_path).state == "done"
    assert session.pictures == tmp_path / "screenshots"


async def test_draining_lets_replies_in_flight_finish(tmp_path):
    release = asyncio.Event()
    async with FakeChatServer(stream(["a", "b", "c"]).holding(release, 2)) as server:
        session = start(make_plan(server.url, "2"), tmp_path)
        await server.wait_received(2)
        session.control(Control("drain"))
        await until(lambda: session.snapshot().sample.phase == "drain")
        assert session.control(Control("step", 1)) == "The run is ending: it can no longer be steered."
        assert session.control(Control("mark")) is None
        release.set()
        result = await finish(session)
    assert session.control(Control("mark")) == "The run is over."
    assert (result.state, result.exit_status) == ("interrupted", 130)
    assert (result.summary.completed, result.summary.abandoned) == (2, 0)
    assert len(server.received) == 2


async def test_stopping_abandons_replies_in_flight_and_closes_their_connections(tmp_path):
    never = asyncio.Event()
    async with FakeChatServer(stream(["a", "b", "c"]).holding(never, 2)) as server:
        session = start(make_plan(server.url, "2"), tmp_path)
        await until(lambda: session.snapshot().sample.output_tokens == 2)
        session.control(Control("stop"))
        result = await finish(session)
        for connection in server.connections:
            await asyncio.wait_for(connection.closed.wait(), 10)
    assert result.state == "interrupted"
    assert (result.summary.abandoned, result.summary.failed) == (2, 0)
    assert [request.output_tokens for request in events(tmp_path, Request)] == [1, 1]
    assert set(session.snapshot().cells) == {AgentState.DONE}


async def test_controls_reach_the_swarm_and_the_record(tmp_path):
    async with FakeChatServer() as server:
        plan = make_plan(server.url, ramp=parse_ramp("3", hold="60s", rate="600"))
        session = start(plan, tmp_path)
        await until(lambda: session.snapshot().sample.agents == 3)
        session.control(Control("hold"))
        session.control(Control("step", 2))
        session.control(Control("mark", "here"))
        await until(lambda: session.snapshot().sample.agents == 5)
        assert session.snapshot().held
        session.control(Control("step", -4))
        await until(lambda: session.snapshot().sample.agents == 1)
        assert session.control(Control("target", 4)) is None
        await until(lambda: session.snapshot().sample.agents == 4)
        session.control(Control("drain"))
        await finish(session)
    controls = [(control.name, control.value) for control in events(tmp_path, Controlled)]
    assert controls == [("hold", None), ("agents", 2), ("agents", -4), ("agents", 3), ("drain", None)]
    assert [mark.label for mark in events(tmp_path, Mark)] == ["here"]


async def test_the_cap_of_the_whole_swarm_holds(tmp_path):
    async with FakeChatServer() as server:
        ramp = parse_ramp("20", hold="2s")
        result = await finish(start(make_plan(server.url, topology="none", ramp=ramp, max_rate=10.0), tmp_path))
    assert 5 <= result.summary.completed <= 22  # 10 a second over 2 s, and what one window more lets through


class DeadEngine:
    """An engine that dies as soon as it is looked at."""

    stopped = False
    troubles: ClassVar[list[tuple[str, str]]] = [("nccl", "NCCL error: unhandled")]

    def alive(self) -> bool:
        return False

    def log_to(self, path) -> None:
        path.touch()

    def death(self) -> str:
        return "The engine died of signal 9."

    def stop(self) -> None:
        self.stopped = True


async def test_an_engine_that_dies_ends_the_run_as_failed_with_its_cause(tmp_path):
    engine = DeadEngine()
    async with FakeChatServer() as server:
        result = await finish(start(make_plan(server.url, engine=engine), tmp_path))
    assert (result.state, result.cause) == ("failed", "The engine died of signal 9.")
    assert [trouble.name for trouble in events(tmp_path, Trouble)] == ["nccl", "engine_dead"]
    assert engine.stopped


def workers_of_this_process() -> list[psutil.Process]:
    """Those that live, in the order in which they were started."""
    found = []
    for child in sorted(psutil.Process().children(), key=lambda child: child.create_time()):
        with contextlib.suppress(psutil.NoSuchProcess):  # one that has just died has no command line
            if "stress.session.worker" in " ".join(child.cmdline()):
                found.append(child)
    return found


def kill_worker(place: int) -> None:
    os.kill(workers_of_this_process()[place].pid, signal.SIGKILL)


def accounted(summary: Summary) -> int:
    """The requests whose end is known, or that are known to be lost."""
    return summary.completed + summary.failed + summary.abandoned


@pytest.fixture
def two_by_itself(monkeypatch):
    """`auto` starts a second worker as soon as it can: any load is near the limit, and two are the most."""
    monkeypatch.setattr("stress.session.worker_pool.BUSY", -1.0)
    monkeypatch.setattr("stress.session.worker_pool.most_workers", lambda cores, engine_is_local: 2)


async def test_a_worker_that_dies_is_replaced_and_its_agents_go_on_elsewhere(tmp_path):
    async with FakeChatServer() as server:
        session = start(make_plan(server.url, ramp=parse_ramp("6", hold="60s", rate="600"), workers=2), tmp_path)
        await until(lambda: session.snapshot().sample.agents == 6)
        kill_worker(0)
        await until(lambda: session.snapshot().sample.agents < 6)
        await until(lambda: session.snapshot().sample.agents == 6)
        before = session.snapshot().sample.requests
        await until(lambda: session.snapshot().sample.requests > before + 20)
        session.control(Control("drain"))
        result = await finish(session)
    assert result.state == "interrupted"
    (lost,) = events(tmp_path, WorkerLost)
    assert (lost.agents, lost.cause) == (3, "signal 9")
    assert result.summary.client.workers_lost == 1
    assert set(result.summary.errors) == {"worker_lost"}


async def test_workers_that_keep_dying_end_the_run_as_failed_with_everything_saved(tmp_path):
    async with FakeChatServer() as server:
        session = start(make_plan(server.url, ramp=parse_ramp("3", hold="60s", rate="600")), tmp_path)
        await until(lambda: session.snapshot().sample.requests > 3)
        killed: set[int] = set()

        def kill_and_see() -> bool:
            for worker in workers_of_this_process():
                if worker.pid not in killed:
                    killed.add(worker.pid)
                    os.kill(worker.pid, signal.SIGKILL)
            return session.finished

        await until(kill_and_see)
        result = await finish(session)
    assert result.state == "failed"
    assert "signal 9" in result.cause
    assert json.loads((tmp_path / "summary.json").read_text())["completed"] > 3


async def test_with_several_workers_mail_crosses_between_them(tmp_path):
    said: list[list[dict[str, str]]] = []

    def answer(received):
        said.append(received.messages)
        return stream([f"reply {len(said) - 1}", " ends."])

    async with FakeChatServer(answer) as server:
        plan = make_plan(server.url, "4..8", workers=2)
        result = await finish(start(plan, tmp_path))
    messages = {message.id: message for message in events(tmp_path, Message)}
    answered = [number for request in events(tmp_path, Request) for number in request.answers]
    crossing = [messages[number] for number in answered]
    assert len(crossing) > 10  # in a ring of agents placed by turns, every letter crosses
    assert len(set(messages)) == len(events(tmp_path, Message))
    assert result.summary.client.workers == 2
    assert result.summary.agents_peak == 8
    wire = " ".join(prompt[-1]["content"] for prompt in said)
    assert all(message.text in wire for message in crossing)


async def test_auto_starts_another_worker_when_one_nears_its_limit_and_it_gets_half_of_the_agents(
    tmp_path, two_by_itself
):
    async with FakeChatServer() as server:
        session = start(make_plan(server.url, ramp=parse_ramp("8", hold="60s", rate="600")), tmp_path)
        await until(lambda: any(pulse.worker == 1 and pulse.agents == 4 for pulse in events(tmp_path, Pulse)))
        session.control(Control("drain"))
        result = await finish(session)
    assert (result.summary.client.workers, result.summary.client.workers_lost) == (2, 0)
    last = {pulse.worker: pulse.agents for pulse in events(tmp_path, Pulse)}
    assert last == {0: 4, 1: 4}
    written = {message.sender for message in events(tmp_path, Message) if message.id >= first_id(1)}
    assert len(written) == 4
    assert result.summary.errors == {}


async def test_a_worker_that_auto_has_added_is_replaced_when_it_dies_and_the_counts_agree(tmp_path, two_by_itself):
    async with FakeChatServer() as server:
        session = start(make_plan(server.url, ramp=parse_ramp("2..8", over="1s", hold="60s")), tmp_path)
        await until(lambda: any(pulse.worker == 1 and pulse.agents == 4 for pulse in events(tmp_path, Pulse)))
        kill_worker(1)
        await until(lambda: any(pulse.worker == 2 and pulse.agents == 4 for pulse in events(tmp_path, Pulse)))
        assert session.snapshot().sample.agents == 8
        session.control(Control("drain"))
        result = await finish(session)
        received = len(server.received)
    (lost,) = events(tmp_path, WorkerLost)
    assert (lost.worker, lost.agents, lost.cause) == (1, 4, "signal 9")
    assert result.summary.errors == {"worker_lost": max(1, lost.requests)}
    assert 0 <= accounted(result.summary) - received <= 4  # at most one an agent that had begun and was not sent


@pytest.mark.parametrize("ramp", ["4..40", "40..4"])
async def test_the_sole_worker_may_die_while_the_agents_grow_or_shrink(tmp_path, ramp):
    first, last = map(int, ramp.split(".."))
    async with FakeChatServer() as server:
        session = start(make_plan(server.url, ramp=parse_ramp(ramp, over="2s", hold="60s", rate="300")), tmp_path)
        await until(lambda: min(first, last) < session.snapshot().sample.target_agents < max(first, last))
        kill_worker(0)
        await until(lambda: session.snapshot().sample.agents == last)
        session.control(Control("drain"))
        result = await finish(session)
        received = len(server.received)
    assert (result.state, result.summary.client.workers_lost) == ("interrupted", 1)
    assert 0 <= accounted(result.summary) - received <= 40


async def test_what_a_killed_worker_had_begun_and_not_reported_is_counted_as_lost(tmp_path):
    async with FakeChatServer() as server:
        session = start(make_plan(server.url, topology="none", ramp=parse_ramp("20", hold="60s")), tmp_path)
        await until(lambda: session.snapshot().sample.requests >= 300)
        kill_worker(0)
        await until(lambda: session.snapshot().sample.errors)
        session.control(Control("drain"))
        result = await finish(session)
        received = len(server.received)
    (lost,) = events(tmp_path, WorkerLost)
    assert result.summary.failed == result.summary.errors["worker_lost"] == lost.requests
    assert 0 <= accounted(result.summary) - received <= 20


async def test_the_cap_of_the_whole_swarm_is_shared_between_workers(tmp_path):
    async with FakeChatServer() as server:
        ramp = parse_ramp("20", hold="2s")
        plan = make_plan(server.url, topology="none", ramp=ramp, max_rate=10.0, workers=2)
        result = await finish(start(plan, tmp_path))
    assert 5 <= result.summary.completed <= 24


async def test_a_disk_that_stands_still_delays_no_agent_is_announced_and_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("stress.runs.recorder.BEHIND_S", 0.3)
    go_on = threading.Event()
    async with FakeChatServer() as server:
        directory = create_directory(tmp_path, "ramp", "test")
        write = directory.append
        monkeypatch.setattr(directory, "append", lambda events: go_on.wait(30) and write(events))
        session = Session(make_plan(server.url, ramp=parse_ramp("4", hold="60s", rate="600"), workers=2), directory)
        session.start()
        await until(lambda: session.snapshot().troubles)
        before = session.snapshot().sample.messages
        await until(lambda: session.snapshot().sample.messages >= before + 20)  # each goes from one worker to the other
        assert list(read_events(tmp_path)) == []
        session.control(Control("drain"))
        go_on.set()
        result = await finish(session)
    assert [trouble.name for trouble in events(tmp_path, Trouble)] == ["slow_disk"]
    fold = Fold(record(tmp_path).about)
    for event in read_events(tmp_path):
        fold.apply(event)
    assert summarise(fold) == result.summary


async def test_a_disk_that_is_full_is_one_sentence(tmp_path):
    async with FakeChatServer() as server:
        directory = create_directory(tmp_path, "ramp", "test")
        os.dup2(os.open("/dev/full", os.O_WRONLY), directory._events)
        session = Session(make_plan(server.url), directory)
        session.start()
        with pytest.raises(StressError, match=r"can't be written \(No space left on device\)"):
            await finish(session)
    assert session.finished


async def test_a_run_beside_a_recorded_one_says_how_it_did_against_it(tmp_path):
    async with FakeChatServer(stream(["a"] * 20)) as server:
        await finish(start(make_plan(server.url), tmp_path / "first"))
        ghost = ghost_of(Recording(tmp_path / "first"))
        result = await finish(start(make_plan(server.url, ghost=ghost), tmp_path / "second"))
    assert result.summary.ghost.label == ghost.label
    assert result.summary.ghost.peak_ratio > 0
    assert record(tmp_path / "second").about.ghost == ghost
