import io
import json
from pathlib import Path

import pytest
from happenings import pulse, small_run

from stress.events import Mark, Phase, to_line
from stress.fold.summary import summarise
from stress.runs.handle import Control
from stress.runs.playback import Playback
from stress.runs.recording import Recording
from stress.runs.replay import FASTEST, SLOWEST, Replay, WaitedClock
from stress.view.jsonlines import write_json
from stress.view.plain import write_plain

EVENTS = [*small_run(), Mark(t=3.0, label="first"), Mark(t=7.0, label="")]


@pytest.fixture
def playback(tmp_path: Path) -> Playback:
    events = sorted(EVENTS, key=lambda event: event.t)
    (tmp_path / "events.jsonl").write_bytes(b"".join(map(to_line, events)))
    return Playback(Recording(tmp_path))


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


def test_as_json_every_half_second_of_the_run_is_told_at_whatever_speed(playback):
    slept, stream = [], io.BytesIO()
    write_json(Replay(playback, speed=50.0, clock=WaitedClock(slept.append)), stream)
    samples = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert samples[-1]["t"] == 11.6
    assert len(samples) >= 2 * 11
    assert sum(slept) == pytest.approx(11.6 / 50, rel=0.05)


def test_plain_lines_are_those_of_a_live_run(playback):
    stream = io.StringIO()
    write_plain(Replay(playback, speed=100.0, clock=WaitedClock(lambda _: None)), stream)
    text = stream.getvalue()
    assert " 0:04 ramp" in text
    assert "11 ramp" in text.replace("0:", "") or "drain" in text


def test_without_a_viewer_it_is_at_its_end_at_once(playback):
    run = Replay(playback, speed=1.0, clock=WaitedClock(lambda _: pytest.fail("it slept")))
    assert run.wait(None)
    assert playback.position == playback.length


def on_screen(playback, speed=1.0):
    clock = Clock()
    return Replay(playback, speed=speed, clock=clock), clock


def test_on_the_screen_the_clock_moves_it_at_its_speed(playback):
    run, clock = on_screen(playback, 2.0)
    clock.now += 1.5
    run.snapshot()
    assert run.position == 3.0
    run.faster(2)
    clock.now += 1.0
    run.snapshot()
    assert run.position == 7.0


def test_paused_it_stands_and_goes_on_from_there(playback):
    run, clock = on_screen(playback)
    clock.now += 2
    run.pause(True)
    clock.now += 60
    run.snapshot()
    assert run.position == 2.0
    run.pause(False)
    clock.now += 1
    run.snapshot()
    assert run.position == 3.0


def test_it_seeks_both_ways_and_stops_at_its_ends(playback):
    run, _ = on_screen(playback)
    for step, position in ((5, 5.0), (-2, 3.0), (-60, 0.0), (600, 11.6)):
        run.seek(step)
        run.snapshot()
        assert run.position == position
    assert not run.finished


def test_keys_pressed_in_one_frame_add_up(playback):
    run, _ = on_screen(playback)
    run.seek(2)
    run.seek(2)
    run.snapshot()
    assert run.position == 4.0


def test_it_goes_from_mark_to_mark(playback):
    run, _ = on_screen(playback)
    assert run.to_mark(-1) == "No mark before this moment."
    assert [run.to_mark(1) for _ in range(8)] == [
        "At the knee.",
        "At the peak.",
        "At the mark 'first'.",
        "At full load, 4 agents.",
        "At a mark.",
        "At the first 'connection_lost' error.",
        "At the end.",
        "No mark after this moment.",
    ]
    run.snapshot()
    assert run.position == 11.6
    assert run.to_mark(-1) == "At the first 'connection_lost' error."
    run.snapshot()
    assert run.position == 8.0


def test_pressed_again_soon_the_key_goes_on_from_its_mark_although_the_run_went_on(playback):
    run, clock = on_screen(playback, 4.0)
    run.seek(11.0)
    assert run.to_mark(-1) == "At the first 'connection_lost' error."
    run.snapshot()
    clock.now += 0.5
    run.snapshot()
    assert run.position == 10.0
    assert run.to_mark(-1) == "At a mark."
    run.snapshot()
    clock.now += 0.6
    run.snapshot()
    clock.now += 1.0
    assert run.to_mark(-1) == "At the first 'connection_lost' error."


@pytest.fixture
def slow(tmp_path: Path) -> Playback:
    """A run of 11 s that then drains for 100 s; its quiet stretch is from 14 to 108 s."""
    events = [event for event in small_run() if not (isinstance(event, Phase) and event.name == "done")]
    events += [pulse(t, 1) for t in range(12, 111)]
    (tmp_path / "events.jsonl").write_bytes(b"".join(map(to_line, [*events, Phase(t=111.0, name="done")])))
    return Playback(Recording(tmp_path))


def test_a_drain_without_news_is_skipped_and_said_once(slow):
    run, clock = on_screen(slow, 2.0)
    clock.now += 6.5
    run.snapshot()
    assert (run.position, run.news()) == (13.0, None)
    clock.now += 1.0
    run.snapshot()
    assert run.position == pytest.approx(109.0)
    assert run.snapshot().sample.t == 109.0
    assert run.news() == "Skipped 1:34 without news."
    assert run.news() is None


def test_unless_asked_not_to(slow):
    clock = Clock()
    run = Replay(slow, clock=clock, skip=False)
    clock.now += 60.0
    run.snapshot()
    assert (run.position, run.news()) == (60.0, None)


def test_who_seeks_into_it_sees_it(slow):
    run, clock = on_screen(slow)
    run.seek(50.0)
    run.snapshot()
    clock.now += 5.0
    run.snapshot()
    assert (run.position, run.news()) == (55.0, None)
    run.seek(-45.0)
    run.snapshot()
    clock.now += 5.0
    run.snapshot()
    assert run.position == pytest.approx(109.0)


def test_paused_before_it_nothing_is_skipped(slow):
    run, clock = on_screen(slow)
    run.seek(13.9)
    run.pause(True)
    clock.now += 60
    run.snapshot()
    assert (run.position, run.news()) == (13.9, None)


def test_lines_of_a_stretch_without_news_are_written_but_not_waited_for(slow):
    def lines(**how) -> tuple[str, float]:
        slept: list[float] = []
        stream = io.StringIO()
        write_plain(Replay(slow, clock=WaitedClock(slept.append), **how), stream)
        slow.go_to(0.0)
        return stream.getvalue(), sum(slept)

    skipped, short = lines()
    whole, long = lines(skip=False)
    assert skipped == whole
    assert long == pytest.approx(111.0, abs=0.5)
    assert short == pytest.approx(111.0 - 94.0, abs=0.5)


def test_its_speed_has_bounds(playback):
    run, _ = on_screen(playback)
    for _ in range(20):
        run.faster(2)
    assert run.speed == FASTEST
    for _ in range(20):
        run.faster(0.5)
    assert run.speed == SLOWEST


def test_it_ends_when_its_viewer_leaves_and_cannot_be_steered(playback):
    run, clock = on_screen(playback)
    assert {run.control(Control(name)) for name in ("hold", "next_stage", "mark", "screenshot")} == {
        "This run is recorded: it can't be steered."
    }
    clock.now += 3
    assert run.snapshot().sample.t <= 3.0
    assert run.control(Control("stop")) is None
    assert run.finished
    assert run.wait(0.0)


def test_at_its_end_it_says_how_the_run_ended_and_no_longer_once_it_is_sought_back(playback):
    run, clock = on_screen(playback)
    assert run.ending is None
    clock.now += 60
    run.play()
    run.play()
    assert run.ending.place == str(playback.recording.path)
    assert run.ending.summary == summarise(playback.fold)
    assert run.ending.state == "running"  # its record, which would say more, is missing
    run.seek(-5)
    run.play()
    assert run.ending is None
