"""What a replay can jump to, and what it skips."""

import gzip
from pathlib import Path

from happenings import failure, pulse, reply, small_run
from hypothesis import given
from hypothesis import strategies as st

from stress.events import ABANDONED, Event, Mark, Phase, Target, Trouble, WorkerLost, from_line
from stress.fold.fold import Fold
from stress.fold.snapshot import About, Plan
from stress.runs.find import DEMOS
from stress.runs.highlights import SHORTEST_S, SHOWN_S, Highlights

NOBODY = About(command="", target="", model="", scenario="", plan=Plan(points=(), duration=0.0, text=""))


def looked_through(events: list[Event]) -> Highlights:
    found = Highlights()
    for event in events:
        found.take(event)
    return found


def demo(name: str) -> list[Event]:
    packed = DEMOS / name / "events.jsonl.gz"
    lines = (
        gzip.decompress(packed.read_bytes()) if packed.is_file() else Path(DEMOS / name / "events.jsonl").read_bytes()
    )
    return [from_line(line) for line in lines.splitlines(keepends=True)]


def drained(*during: Event, until: float = 80.0) -> list[Event]:
    """A run that ramps for ten seconds and then drains."""
    start = [Phase(t=0.0, name="ramp"), pulse(1.0, 10), Phase(t=10.0, name="drain")]
    return [*start, *during, Phase(t=until, name="done")]


def test_the_peak_full_load_each_kind_of_error_and_the_end_are_marks():
    marks = looked_through([*small_run(), failure(9.0), failure(9.5, "stalled")]).marks()
    assert marks == [
        (1.0, "the knee"),
        (2.0, "the peak"),
        (6.05, "full load, 4 agents"),
        (8.0, "the first 'connection_lost' error"),
        (9.5, "the first 'stalled' error"),
        (11.6, "the end"),
    ]


def test_the_users_own_marks_stay():
    marks = looked_through([*small_run(), Mark(t=3.0, label="first"), Mark(t=7.0)]).marks()
    assert (3.0, "the mark 'first'") in marks
    assert (7.0, "a mark") in marks


def test_the_knee_lies_where_the_ramp_came_to_the_folds_knee():
    events = demo("duel/right-1")
    fold = Fold(NOBODY)
    for event in events:
        fold.apply(event)
    knee = fold.snapshot().knee
    (t,) = (t for t, what in looked_through(events).marks() if what.startswith("the knee"))
    assert fold.per_second[int(t)][0] >= knee.agents > fold.per_second[int(t) - 1][0]


def test_the_peak_is_the_folds():
    events = demo("h200-vllm-tp2")
    fold = Fold(NOBODY)
    for event in events:
        fold.apply(event)
    (t,) = (t for t, what in looked_through(events).marks() if what == "the peak")
    assert fold.per_second[int(t) - 1][1] == fold.peak_tok_s


def test_a_run_that_begins_with_all_its_agents_has_no_mark_of_full_load():
    events = [Phase(t=0.0, name="hold"), Target(t=0.0, agents=4), *(pulse(t / 2, 5) for t in range(1, 20))]
    assert [what for _, what in looked_through(events).marks()] == ["the peak", "the end"]


def test_a_run_without_a_token_has_no_peak():
    assert looked_through([Phase(t=0.0, name="ramp"), pulse(1.0)]).marks() == [(1.0, "the end")]


def test_a_long_drain_is_quiet_but_for_its_beginning_and_its_end():
    assert looked_through(drained()).quiet() == [(10 + SHOWN_S, 80 - SHOWN_S)]


def test_replies_and_what_was_abandoned_are_no_news():
    during = [reply(30.0), pulse(40.0, 100), failure(50.0, ABANDONED)]
    assert looked_through(drained(*during)).quiet() == [(13.0, 77.0)]


def test_what_happens_while_it_drains_is_shown():
    for news in (
        Mark(t=40.0),
        Trouble(t=40.0, name="died", detail=""),
        WorkerLost(t=40.0, worker=1, agents=2, cause=""),
    ):
        assert looked_through(drained(news)).quiet() == [(13.0, 37.0), (43.0, 77.0)]


def test_only_the_first_error_of_a_kind_is_news():
    during = [failure(40.0, "stalled"), failure(60.0, "stalled")]
    assert looked_through(drained(*during)).quiet() == [(13.0, 37.0), (43.0, 77.0)]


def test_a_short_drain_is_shown_whole():
    assert looked_through(drained(until=10 + 2 * SHOWN_S + SHORTEST_S - 0.1)).quiet() == []


def test_a_run_that_never_drained_has_nothing_to_skip():
    assert looked_through([Phase(t=0.0, name="ramp"), pulse(60.0)]).quiet() == []


@given(st.lists(st.floats(10, 200), max_size=8), st.floats(10, 300))
def test_no_news_lies_in_a_quiet_stretch(times, until):
    news = [Mark(t=t) for t in times if t <= until]
    for start, end in looked_through(drained(*news, until=until)).quiet():
        assert end - start >= SHORTEST_S
        assert not any(start - SHOWN_S + 0.01 < mark.t < end + SHOWN_S - 0.01 for mark in news)
