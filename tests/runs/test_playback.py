from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from happenings import ABOUT, pulse, reply, small_run
from hypothesis import given
from hypothesis import strategies as st

from stress.errors import UsageError
from stress.events import Event, Mark, Phase, to_line
from stress.fold.fold import Fold
from stress.fold.summary import summarise
from stress.fold.whole import picture
from stress.runs import playback
from stress.runs.playback import Playback
from stress.runs.recording import MOST_PROBLEMS, Recording

EVENTS = [*small_run(), Mark(t=11.7, label="the end")]


def record(path: Path, events: Iterable[Event] = EVENTS, more: bytes = b"") -> Recording:
    path.mkdir(exist_ok=True)
    (path / "events.jsonl").write_bytes(b"".join(map(to_line, events)) + more)
    return Recording(path)


def folded(events: Iterable[Event]) -> Fold:
    fold = Fold(ABOUT)
    for event in events:
        fold.apply(event)
    return fold


def played(path: Path, *moments: float) -> Playback:
    recording = record(path)
    recording.about = ABOUT
    playing = Playback(recording)
    for moment in moments:
        playing.go_to(moment)
    return playing


def test_played_to_its_end_a_run_has_the_snapshot_and_the_summary_of_the_live_one(tmp_path):
    playing = played(tmp_path, 1e9)
    assert playing.position == playing.length == playing.recording.length == 11.7
    assert playing.snapshot == picture(folded(EVENTS))
    assert summarise(playing.fold) == summarise(folded(EVENTS))


def test_in_the_middle_it_stands_as_the_live_run_stood(tmp_path):
    assert played(tmp_path, 5.0).snapshot == folded(event for event in EVENTS if event.t <= 5.0).snapshot()


def test_before_its_first_event_there_is_an_empty_picture(tmp_path):
    assert played(tmp_path, 0.0).snapshot == Fold(ABOUT).snapshot()


@given(st.lists(st.floats(0, 13), min_size=1, max_size=8))
def test_whatever_way_leads_to_a_moment_the_picture_is_the_same(tmp_path_factory, moments):
    path = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(playback, "KEEP_EVERY_S", 0.5)
        patch.setattr(playback, "MOST_KEPT", 4)
        wandering = played(path, *moments)
    assert wandering.snapshot == played(path, moments[-1]).snapshot


def test_the_snapshot_is_the_same_object_while_nothing_happens(tmp_path):
    playing = played(tmp_path, 5.0)
    assert playing.snapshot is playing.snapshot


def test_a_long_way_is_gone_in_parts(tmp_path):
    playing = played(tmp_path)
    playing.go_to(11.0, lambda: False)
    assert 0 < playing.position < 11.0
    for _ in range(100):
        playing.go_to(11.0, lambda: False)
    assert playing.position == 11.0


def test_marks_and_length_are_known_from_the_start(tmp_path):
    recording = record(tmp_path)
    assert (11.7, "the mark 'the end'") in recording.marks
    assert recording.length == 11.7


def test_a_last_line_that_was_cut_off_is_told_with_its_number_and_the_rest_is_played(tmp_path):
    recording = record(tmp_path, more=b'{"t": 12.0, "type": "pul')
    number = len(EVENTS) + 1
    assert recording.problems[-1] == f"events.jsonl line {number} was cut off; skipped."
    playing = Playback(recording)
    playing.go_to(1e9)
    assert playing.fold.replies.completed == folded(EVENTS).replies.completed


def test_foreign_lines_in_the_middle_are_told_and_left_out(tmp_path):
    path = tmp_path / "run"
    lines = [to_line(event) for event in EVENTS]
    lines[3:3] = [b"hello\n", b'{"t": 1, "type": "unheard"}\n', b"\xff\xfe\n"]
    path.mkdir()
    (path / "events.jsonl").write_bytes(b"".join(lines))
    recording = Recording(path)
    told = [problem for problem in recording.problems if problem.startswith("events.jsonl line")]
    assert [problem.split()[2] for problem in told] == ["4", "5", "6"]
    playing = Playback(recording)
    playing.go_to(1e9)
    assert summarise(playing.fold) == summarise(folded(EVENTS))


def test_many_foreign_lines_are_counted(tmp_path):
    recording = record(tmp_path, more=b"x\n" * (MOST_PROBLEMS + 5))
    assert recording.problems[-1] == "5 more lines of events.jsonl were skipped."


def test_a_file_without_a_single_event_is_no_run(tmp_path):
    with pytest.raises(UsageError, match="has no valid event"):
        record(tmp_path, [], b"a\nb\n")


def test_without_its_run_json_a_run_is_played_under_its_directorys_name(tmp_path):
    recording = record(tmp_path / "box")
    assert recording.about.target == "box"
    assert recording.problems[0] == "run.json is missing, so what was tested is unknown."


def test_a_damaged_run_json_is_told(tmp_path):
    (tmp_path / "run.json").write_text('{"command": 1}')
    assert record(tmp_path).problems[0].startswith("run.json can't be read")


def test_a_run_of_no_length_is_shown_as_it_is(tmp_path):
    recording = record(tmp_path, [Phase(t=0.0, name="ramp")])
    playing = Playback(recording)
    playing.go_to(5.0)
    assert playing.snapshot.ramp_started == 0.0


def test_events_that_a_worker_reported_late_lose_nothing(tmp_path):
    events = [Phase(t=0, name="ramp"), pulse(1.0, 5), reply(0.9), pulse(0.8, 7), reply(2.0, 2)]
    recording = record(tmp_path, events)
    playing = Playback(recording)
    for step in range(25):
        playing.go_to(step / 10)
    assert playing.snapshot.sample.output_tokens == 12
    assert playing.snapshot.sample.requests == 2
    assert msgspec.json.encode(playing.snapshot.sample)
