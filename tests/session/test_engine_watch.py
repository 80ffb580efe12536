import asyncio
import os
import signal
import threading

import pytest
from chat_server import FakeChatServer
from fake_adapter import fake_process, pids
from recorded import read_events
from short_runs import finish, make_plan, start

from stress.errors import NoServerError
from stress.events import Controlled, Mark, Phase, Target, Trouble
from stress.ramp import parse_ramp
from stress.runs.handle import Control
from stress.session.watches import MOST_RESTARTS, EngineWatch


class FakeEngine:
    """An engine that the test kills; its restart waits for `back`, and fails with `failure`."""

    def __init__(self) -> None:
        self.troubles: list[tuple[str, str]] = []
        self.cause: str | None = None
        self.back = threading.Event()
        self.failure: Exception | None = None
        self.restarts = 0
        self.stopped = threading.Event()

    def alive(self) -> bool:
        return self.cause is None

    def death(self) -> str | None:
        return self.cause

    def restart(self, progress) -> None:
        self.restarts += 1
        self.back.wait(20)
        self.troubles = []
        if self.stopped.is_set():
            raise NoServerError("The engine was stopped.")
        if self.failure:
            self.troubles.append(("does_not_fit", "No available memory"))
            raise self.failure
        self.cause = None

    def log_to(self, path) -> None:
        path.touch()

    def stop(self) -> None:
        self.stopped.set()
        self.back.set()


class Watched:
    """A fake engine with its watch, and what that told; `now` is the run's clock."""

    def __init__(self, *, restart: bool = False) -> None:
        self.engine, self.now, self.events = FakeEngine(), 0.0, []
        self.watch = EngineWatch(self.engine, restart=restart, now=lambda: self.now, take=self.events.append)

    def look(self, now: float) -> str | None:
        self.now = now
        return self.watch.look()

    async def until_back_or_failed(self, now: float) -> str | None:
        """Look until the restart has ended."""
        async with asyncio.timeout(20):
            while self.watch.down:
                cause = self.look(now)
                await asyncio.sleep(0.001)
        return cause

    def troubles(self) -> list[tuple[float, str, str]]:
        return [(event.t, event.name, event.detail) for event in self.events if isinstance(event, Trouble)]

    def marks(self) -> list[tuple[float, str]]:
        return [(event.t, event.label) for event in self.events if isinstance(event, Mark)]


def test_of_an_engine_that_is_well_nothing_is_told():
    watched = Watched()
    assert [watched.look(now) for now in (1, 2, 3)] == [None] * 3
    assert watched.events == []


def test_each_trouble_becomes_one_event():
    watched = Watched()
    watched.engine.troubles.append(("nccl", "NCCL error"))
    watched.look(1)
    watched.look(2)
    watched.engine.troubles.append(("out_of_gpu_memory", "CUDA out of memory"))
    watched.look(3)
    watched.look(4)
    assert watched.troubles() == [(1, "nccl", "NCCL error"), (3, "out_of_gpu_memory", "CUDA out of memory")]


def test_its_death_ends_the_run_with_its_cause_after_what_its_last_lines_said():
    watched = Watched()
    assert watched.look(1) is None
    watched.engine.troubles.append(("nccl", "NCCL error"))
    watched.engine.cause = "The engine died (SIGKILL): gone."
    assert watched.look(2) == "The engine died (SIGKILL): gone."
    assert watched.troubles() == [(2, "nccl", "NCCL error"), (2, "engine_dead", "The engine died (SIGKILL): gone.")]
    assert not watched.watch.down


def test_an_end_without_a_cause_is_a_sentence_too():
    watched = Watched()
    watched.engine.cause = ""
    watched.engine.alive = lambda: False
    assert watched.look(1) == "The engine has ended."


async def test_an_engine_that_comes_back_leaves_marks_around_the_gap():
    watched = Watched(restart=True)
    watched.engine.cause = "It died."
    assert watched.look(10) is None
    assert watched.watch.down
    assert watched.look(11) is None
    watched.engine.back.set()
    assert await watched.until_back_or_failed(14.5) is None
    assert watched.marks() == [(10, "engine died"), (14.5, "engine back after 4.5 s")]
    assert [name for _, name, _ in watched.troubles()] == ["engine_dead"]
    assert watched.engine.restarts == 1
    assert watched.look(15) is None


async def test_the_troubles_of_its_next_life_are_told_again():
    watched = Watched(restart=True)
    watched.engine.back.set()
    watched.engine.troubles.append(("nccl", "first"))
    watched.look(1)
    watched.engine.cause = "It died."
    watched.look(2)
    await watched.until_back_or_failed(3)
    watched.engine.troubles.append(("nccl", "second"))
    watched.look(4)
    assert [detail for _, name, detail in watched.troubles() if name == "nccl"] == ["first", "second"]


async def test_an_engine_that_does_not_come_back_ends_the_run_and_says_what_it_said():
    watched = Watched(restart=True)
    watched.engine.failure = NoServerError("The engine did not start: no memory.")
    watched.engine.back.set()
    watched.engine.cause = "It died."
    watched.look(1)
    cause = await watched.until_back_or_failed(2)
    assert cause == "The engine died and could not be restarted. The engine did not start: no memory."
    assert watched.troubles()[-1] == (2, "does_not_fit", "No available memory")
    assert [label for _, label in watched.marks()] == ["engine died"]


async def test_an_engine_that_keeps_dying_is_given_up():
    watched = Watched(restart=True)
    watched.engine.back.set()
    for number in range(MOST_RESTARTS):
        watched.engine.cause = "It died."
        assert watched.look(number) is None
        assert await watched.until_back_or_failed(number) is None
    watched.engine.cause = "It died again."
    assert watched.look(99) == "It died again."
    assert watched.engine.restarts == MOST_RESTARTS


async def test_closing_does_not_wait_for_an_engine_that_takes_an_hour_to_come_back():
    watched = Watched(restart=True)
    watched.engine.cause = "It died."
    watched.look(1)
    async with asyncio.timeout(10):  # nobody sets `back` but stopping
        await watched.watch.close(stop=True)
    assert watched.engine.stopped.is_set()
    assert not watched.watch.down


def events(path, kind):
    return [event for event in read_events(path) if isinstance(event, kind)]


async def until(condition) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 (the state of another thread: no event tells of it)
            await asyncio.sleep(0.01)


async def test_the_ramp_waits_for_an_engine_that_is_coming_back(tmp_path):
    engine = FakeEngine()
    async with FakeChatServer() as server:
        ramp = parse_ramp("2..40", over="20s", rate="600")
        session = start(make_plan(server.url, ramp=ramp, engine=engine, restart_engine=True), tmp_path)
        await until(lambda: session.snapshot().sample.target_agents >= 3)
        engine.cause = "It died."
        await until(lambda: session.snapshot().held)
        held = session.snapshot().ramp_elapsed
        gap = session.snapshot().sample.t
        await until(lambda: session.snapshot().sample.t > gap + 0.5)
        assert session.snapshot().ramp_elapsed == held
        engine.back.set()
        await until(lambda: not session.snapshot().held)
        grown = session.snapshot().sample.target_agents
        await until(lambda: session.snapshot().sample.target_agents > grown)
        session.control(Control("drain"))
        result = await finish(session)
    assert result.state == "interrupted"
    assert [control.name for control in events(tmp_path, Controlled)] == ["hold", "resume", "drain"]
    died, back = events(tmp_path, Mark)
    assert (died.label, back.label[:17]) == ("engine died", "engine back after")
    assert not [target for target in events(tmp_path, Target) if died.t < target.t < back.t]
    assert engine.stopped.is_set()


async def test_an_engine_that_does_not_come_back_ends_the_run_as_failed(tmp_path):
    engine = FakeEngine()
    engine.failure = NoServerError("The engine did not start: no memory.")
    engine.back.set()
    async with FakeChatServer() as server:
        plan = make_plan(server.url, ramp=parse_ramp("2", hold="60s"), engine=engine, restart_engine=True)
        session = start(plan, tmp_path)
        await until(lambda: session.snapshot().sample.requests > 0)
        engine.cause = "It died."
        result = await finish(session)
    assert (result.state, result.exit_status) == ("failed", 1)
    assert "could not be restarted" in result.cause
    assert "no memory" in result.cause
    assert [trouble.name for trouble in session.snapshot().troubles] == ["engine_dead", "does_not_fit"]
    assert [phase.note for phase in events(tmp_path, Phase) if phase.name == "drain"] == ["the engine died"]


async def test_a_run_that_is_stopped_does_not_wait_for_the_engine(tmp_path):
    engine = FakeEngine()
    async with FakeChatServer() as server:
        plan = make_plan(server.url, ramp=parse_ramp("2", hold="60s"), engine=engine, restart_engine=True)
        session = start(plan, tmp_path)
        await until(lambda: session.snapshot().sample.requests > 0)
        engine.cause = "It died."
        await until(lambda: engine.restarts == 1)
        session.control(Control("stop"))
        async with asyncio.timeout(15):
            result = await finish(session)
    assert result.state == "interrupted"


@pytest.fixture
def process():
    process = fake_process("--line", "before the run")
    process.wait_until_ready(lambda _: None)
    yield process
    process.stop()


async def test_a_real_process_has_its_log_in_the_record_and_is_seen_to_die(tmp_path, process):
    async with FakeChatServer() as server:
        session = start(make_plan(server.url, ramp=parse_ramp("2", hold="60s"), engine=process), tmp_path)
        await until(lambda: session.snapshot().sample.requests > 0)
        os.kill(pids(process)[0], signal.SIGKILL)
        result = await finish(session)
    assert result.state == "failed"
    assert result.cause.startswith("The fake engine died (SIGKILL): ")
    assert "before the run" in (tmp_path / "engine.log").read_text()
    (trouble,) = events(tmp_path, Trouble)
    assert (trouble.name, trouble.detail) == ("engine_dead", result.cause)
