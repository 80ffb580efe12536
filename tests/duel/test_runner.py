import asyncio

import msgspec
import pytest
from chat_server import FakeChatServer, error, stream

from stress.duel.record import DuelRecord, read_duel
from stress.duel.runner import WAITING, DuelRunner
from stress.duel.sides import parse_side
from stress.errors import NoServerError, StressError, UsageError
from stress.fold.summary import Summary
from stress.runs.directory import read_record
from stress.runs.handle import Control, Ending
from stress.session.options import DuelOptions

FAST, SLOW = stream(["x"] * 40), stream(["y"] * 10)


def runner(left: str, right: str, out, *, rounds: int = 1, at_once: bool = False, **more) -> DuelRunner:
    small = {"agents": "1..2", "over": "1s", "hold": "1s", "seed": 5, "max_tokens": 40, "workers": 1}
    options = DuelOptions(left=left, right=right, argv=("duel",), runs=rounds, **small, **more)
    return DuelRunner(options, {"left": parse_side(left), "right": parse_side(right)}, out, at_once=at_once)


async def until(condition) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 (the state of another thread: no event tells of it)
            await asyncio.sleep(0.01)


async def fought(duel: DuelRunner) -> DuelRecord:
    duel.start()
    await asyncio.to_thread(duel.wait, None)
    return duel.record


def summary(path) -> Summary:
    return msgspec.json.decode((path / "summary.json").read_bytes(), type=Summary)


async def test_in_turns_the_second_runs_beside_the_firsts_ghost_and_the_verdict_is_kept(tmp_path):
    async with FakeChatServer(FAST) as left, FakeChatServer(SLOW) as right:
        duel = runner(left.url, right.url, tmp_path)
        duel.start()
        await until(lambda: duel.picture().right.snapshot is not None)
        picture = duel.picture()
        assert (picture.live, picture.left.note) == ("right", "ghost")
        await asyncio.to_thread(duel.wait, None)
    assert summary(tmp_path / "right-1").ghost is not None
    assert summary(tmp_path / "left-1").ghost is None
    record = read_duel(tmp_path)
    assert (record.state, record.rounds, record.at_once) == ("done", [("left-1", "right-1")], False)
    assert record.verdict.rounds == 1
    assert record.verdict == duel.record.verdict
    assert duel.ending == Ending(state="done", place=str(tmp_path))
    end = duel.picture()
    assert end.left.snapshot.sample.phase == end.right.snapshot.sample.phase == "done"


async def test_both_get_the_same_seed_scenario_and_ramp(tmp_path):
    async with FakeChatServer(FAST) as left, FakeChatServer(SLOW) as right:
        await fought(runner(left.url, right.url, tmp_path))
    ours, theirs = (read_record(tmp_path / run) for run in ("left-1", "right-1"))
    assert (ours.seed, ours.scenario, ours.ramp) == (theirs.seed, theirs.scenario, theirs.ramp)
    assert ours.seed == 5


async def test_at_once_both_run_at_the_same_time(tmp_path):
    async with FakeChatServer(FAST) as left, FakeChatServer(SLOW) as right:
        duel = runner(left.url, right.url, tmp_path, at_once=True)
        duel.start()
        await until(lambda: all(view.snapshot is not None for view in (duel.picture().left, duel.picture().right)))
        picture = duel.picture()
        assert (picture.left.note, picture.right.note) == ("", "")
        assert picture.left.snapshot.sample.phase != "done"
        assert picture.right.snapshot.sample.phase != "done"
        await asyncio.to_thread(duel.wait, None)
    assert summary(tmp_path / "right-1").ghost is None
    assert duel.record.verdict.rounds == 1


async def test_rounds_take_turns_at_who_begins(tmp_path):
    async with FakeChatServer(FAST) as left, FakeChatServer(SLOW) as right:
        record = await fought(runner(left.url, right.url, tmp_path, rounds=2))
    assert record.rounds == [("left-1", "right-1"), ("left-2", "right-2")]
    assert summary(tmp_path / "right-1").ghost is not None
    assert summary(tmp_path / "left-2").ghost is not None
    assert record.verdict.rounds == 2
    assert record.verdict.peak.low is not None


async def test_a_side_that_cannot_be_had_ends_it_before_anything_runs(tmp_path):
    async with FakeChatServer(FAST) as left:
        duel = runner(left.url, "http://127.0.0.1:9", tmp_path)
        with pytest.raises(NoServerError, match=r"^http://127.0.0.1:9 refuses"):
            await fought(duel)
    assert not (tmp_path / "left-1").exists()
    assert duel.record.state == "failed"


async def test_a_side_that_does_not_start_ends_it_and_the_others_run_is_kept(tmp_path):
    async with FakeChatServer(FAST) as left:
        right = FakeChatServer(SLOW)
        await right.__aenter__()
        duel = runner(left.url, right.url, tmp_path)
        duel.start()
        await until(lambda: duel.picture().left.snapshot is not None)
        await right.__aexit__(None, None, None)
        await until(lambda: duel.finished)
        with pytest.raises(NoServerError, match=r"^http://\S+ refuses .* Finished runs are kept in .*left-1\."):
            duel.wait(None)
    assert summary(tmp_path / "left-1").completed > 0
    record = read_duel(tmp_path)
    assert (record.state, record.rounds, record.verdict) == ("failed", [], None)
    assert "refuses the connection" in record.cause


async def test_drained_in_the_first_run_it_is_interrupted_and_that_run_is_kept(tmp_path):
    async with FakeChatServer(FAST) as left, FakeChatServer(SLOW) as right:
        duel = runner(left.url, right.url, tmp_path)
        duel.start()
        await until(lambda: (duel.picture().left.snapshot or duel.snapshot()).sample.requests > 0)
        assert duel.picture().right.note == WAITING
        duel.control(Control("drain"))
        await asyncio.to_thread(duel.wait, None)
    assert (duel.ending.state, duel.ending.cause) == ("interrupted", "It was interrupted.")
    assert read_duel(tmp_path).state == "interrupted"
    assert read_record(tmp_path / "left-1").state == "interrupted"
    assert not (tmp_path / "right-1").exists()


async def test_what_runs_can_be_marked_but_not_held(tmp_path):
    async with FakeChatServer(FAST) as left, FakeChatServer(SLOW) as right:
        duel = runner(left.url, right.url, tmp_path)
        assert "Nothing is running" in duel.control(Control("mark"))
        duel.start()
        await until(lambda: duel.picture().left.snapshot is not None)
        assert "same agents" in duel.control(Control("hold"))
        assert duel.control(Control("mark", "look")) is None
        duel.control(Control("stop"))
        await asyncio.to_thread(duel.wait, None)
    events = (tmp_path / "left-1" / "events.jsonl").read_bytes()
    assert b'"label":"look"' in events
    assert b'"hold"' not in events.replace(b'"name":"hold","note"', b"")


async def test_each_round_has_a_seed_of_its_own_and_both_sides_have_it(tmp_path):
    async with FakeChatServer(FAST) as left, FakeChatServer(SLOW) as right:
        await fought(runner(left.url, right.url, tmp_path, rounds=2))
    seeds = {run: read_record(tmp_path / run).seed for run in ("left-1", "right-1", "left-2", "right-2")}
    assert seeds == {"left-1": 5, "right-1": 5, "left-2": 6, "right-2": 6}


async def test_a_run_without_a_reply_ends_it_with_its_cause(tmp_path):
    async with FakeChatServer(error(500, "broken")) as left, FakeChatServer(SLOW) as right:
        duel = runner(left.url, right.url, tmp_path)
        duel.start()
        await until(lambda: duel.finished)
        with pytest.raises(StressError, match=r"^127.0.0.1:\d+ failed: No request succeeded"):
            duel.wait(None)
    assert duel.record.rounds == []
    assert duel.record.state == "failed"


async def test_both_runs_and_the_record_have_the_names_that_viewers_see(tmp_path):
    async with FakeChatServer(FAST) as left, FakeChatServer(SLOW) as right:
        duel = runner(left.url, right.url, tmp_path)
        before = duel.picture()
        assert before.left.short != before.right.short
        await fought(duel)
    picture, record = duel.picture(), read_duel(tmp_path)
    assert record.names == (picture.left.name, picture.right.name)
    assert record.short_names == (picture.left.short, picture.right.short)
    abouts = [read_record(tmp_path / run).about for run in ("left-1", "right-1")]
    assert [about.name for about in abouts] == list(record.names)
    assert [about.short_name for about in abouts] == list(record.short_names)
    assert [name.full for name in record.called()] == list(record.names)


async def test_names_that_the_user_gives_are_those_of_both_sides(tmp_path):
    async with FakeChatServer(FAST) as left, FakeChatServer(SLOW) as right:
        duel = runner(left.url, right.url, tmp_path, names="Red, Blue")
        await fought(duel)
    picture = duel.picture()
    assert (picture.left.name, picture.right.name) == (picture.left.short, picture.right.short) == ("Red", "Blue")
    assert read_record(tmp_path / "right-1").about.name == "Blue"


def test_engines_have_their_names_before_anything_is_started(tmp_path):
    picture = runner("embedded,np=1", "embedded,np=8", tmp_path).picture()
    assert (picture.left.short, picture.right.short) == ("embedded np=1", "embedded np=8")
    assert picture.right.name == "toy model · llama.cpp on this CPU · np=8"


@pytest.mark.parametrize("names", ["one", "a,b,c", "a,", "vLLM,vllm"])
def test_two_names_are_wanted_and_no_two_the_same(names):
    with pytest.raises(UsageError, match="--names"):
        DuelOptions(left="embedded", right="embedded", names=names)
