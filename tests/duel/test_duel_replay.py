import msgspec
import pytest
from happenings import ABOUT, pulse, small_run

from stress.cli.play import open_replay
from stress.duel.replay import DuelReplay
from stress.events import Mark, Phase, to_line
from stress.runs.find import find_run
from stress.runs.handle import Control
from stress.runs.naming import TargetName
from stress.runs.recording import Recording
from stress.runs.replay import WaitedClock


class TurnedClock:
    """Stands still until it is turned."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += seconds


def recorded(path, events) -> Recording:
    path.mkdir()
    (path / "events.jsonl").write_bytes(b"".join(map(to_line, events)))
    recording = Recording(path)
    recording.about = msgspec.structs.replace(ABOUT, name="a server", short_name="a server")
    return recording


@pytest.fixture
def sides(tmp_path):
    """A run, and the same with half the tokens, whose ramp began earlier on its clock and which has a mark."""
    whole = small_run()
    half = [
        msgspec.structs.replace(event, t=event.t - 0.5, **({"tokens": 5} if hasattr(event, "itl_sum_ms") else {}))
        for event in whole
    ]
    half.insert(60, Mark(t=half[59].t, label="here"))
    return recorded(tmp_path / "a", whole), recorded(tmp_path / "b", half)


def duel(sides, speed=1.0, clock=None) -> DuelReplay:
    return DuelReplay(*sides, words=("LEFT ONE", None), speed=speed, clock=clock or TurnedClock())


def test_both_are_shown_at_the_same_time_of_their_ramps(sides):
    clock = TurnedClock()
    playing = duel(sides, clock=clock)
    playing.picture()
    clock.turn(4.0)
    picture = playing.picture()
    assert picture.left.snapshot.ramp_elapsed == pytest.approx(4.0, abs=0.11)
    assert picture.right.snapshot.ramp_elapsed == picture.left.snapshot.ramp_elapsed
    assert picture.right.snapshot.sample.t == pytest.approx(picture.left.snapshot.sample.t - 0.5)
    assert picture.lead.leader == "left"
    assert picture.lead.tokens_ratio == pytest.approx(2, rel=0.05)
    assert picture.verdict is None


def test_each_side_is_called_as_the_duel_or_else_as_the_run_has_it(sides):
    picture = duel(sides).picture()
    assert (picture.left.words, picture.right.words) == ("LEFT ONE", ABOUT.target)


def test_the_names_are_the_duels_or_else_tell_the_runs_apart(sides):
    two = TargetName(full="vLLM · a", short="vLLM"), TargetName(full="Other · a", short="Other")
    given, found = DuelReplay(*sides, names=two).picture(), duel(sides).picture()
    assert (given.left.name, given.left.short, given.right.short) == ("vLLM · a", "vLLM", "Other")
    assert found.left.name != found.right.name
    assert found.left.short != found.right.short


def test_a_duel_that_is_older_than_names_has_them_of_its_runs():
    picture = open_replay(["demo:duel"], 1.0, TurnedClock(), skip=True).picture()
    assert (picture.left.short, picture.right.short) == ("vLLM", "llama.cpp")
    assert picture.right.name == "llama.cpp · Llama-3.1-8B · np=1 · 1×H200"
    picture = open_replay(["demo:tensor-parallelism"], 1.0, TurnedClock(), skip=True).picture()
    assert (picture.left.short, picture.right.short) == ("vLLM tp=2", "vLLM tp=1")


def test_at_its_end_stands_the_verdict_and_it_stays_until_its_viewer_leaves(sides):
    clock = TurnedClock()
    playing = duel(sides, 4.0, clock)
    clock.turn(60)
    playing.picture()
    picture = playing.picture()
    assert picture.verdict.equal_agents.mean == pytest.approx(2, rel=0.01)
    assert playing.position == playing.length
    assert not playing.finished
    assert playing.control(Control("stop")) is None
    assert playing.finished


def test_at_its_end_it_says_how_both_ended_and_where_they_are(sides):
    clock = TurnedClock()
    playing = duel(sides, 4.0, clock)
    assert playing.ending is None
    clock.turn(60)
    playing.picture()
    playing.picture()
    places = [str(recording.path) for recording in sides]
    assert playing.ending.place == " and ".join(places)
    assert playing.ending.state == "running"  # neither has a record that says how it ended
    playing.seek(-1)
    playing.picture()
    assert playing.ending is None


def test_a_recorded_duel_is_where_its_runs_are_too():
    playing = open_replay(["demo:tensor-parallelism"], 1.0, TurnedClock(), skip=True)
    playing.wait(None)
    assert playing.ending.place == str(find_run("demo:tensor-parallelism"))


def test_it_can_be_paused_sought_and_hurried(sides):
    clock = TurnedClock()
    playing = duel(sides, clock=clock)
    playing.pause(on=True)
    clock.turn(5)
    assert playing.picture().left.snapshot.ramp_elapsed == 0
    playing.seek(6.0)
    assert playing.picture().left.snapshot.ramp_elapsed == pytest.approx(6.0, abs=0.11)
    playing.seek(-100)
    assert playing.picture().left.snapshot.ramp_elapsed == 0
    playing.pause(on=False)
    playing.faster(4)
    clock.turn(1)
    assert playing.picture().left.snapshot.ramp_elapsed == pytest.approx(4.0, abs=0.11)


def test_a_mark_of_either_run_is_found_on_and_back(sides):
    playing = duel(sides)
    here = "At the mark 'here' (a server B)."
    said = [playing.to_mark(1) for _ in range(12)]
    assert "At the peak (a server A)." in said
    assert "At the end (a server A)." in said
    assert said[-1] == "No mark after this moment."
    assert here in said
    assert any(playing.to_mark(-1) == here for _ in said)
    assert 2 < playing.picture().right.snapshot.ramp_elapsed < 8


def drained(path, until) -> Recording:
    """A run whose ramp ends after ten seconds, and whose drain lasts until then."""
    run = [event for event in small_run() if getattr(event, "name", None) != "done"]
    return recorded(path, [*run, *(pulse(t, 1) for t in range(12, until)), Phase(t=until, name="done")])


def test_a_drain_is_skipped_where_neither_side_has_news(tmp_path):
    clock = TurnedClock()
    playing = duel((drained(tmp_path / "a", 40), drained(tmp_path / "b", 110)), clock=clock)
    assert playing.playbacks[0].quiet == [(13.0, 36.0)]
    assert playing.playbacks[1].quiet == [(13.0, 106.0)]
    clock.turn(12.9)
    playing.picture()
    clock.turn(0.2)  # both are quiet from 13 to 36 s
    assert playing.picture().left.snapshot.ramp_elapsed is not None
    assert playing.position == pytest.approx(36.1)
    assert playing.news() == "Skipped 0:23 without news."
    clock.turn(5.8)  # the left has ended at 39 s, the right goes on as before
    playing.picture()
    assert playing.position == pytest.approx(41.9)
    clock.turn(0.2)
    playing.picture()
    assert playing.position == pytest.approx(106.1)
    assert playing.picture().verdict is None


def test_headless_its_time_is_what_its_viewer_waits(sides):
    slept = []
    playing = DuelReplay(*sides, speed=10.0, clock=WaitedClock(slept.append))
    seen = []
    while not playing.wait(0.5):
        seen.append(playing.picture().lead.elapsed)
    assert seen == sorted(seen)
    assert playing.picture().verdict is not None
    assert sum(slept) == pytest.approx(playing.length / 10, abs=0.2)
