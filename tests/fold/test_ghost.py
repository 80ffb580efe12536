import pytest
from happenings import small_run
from hypothesis import given
from hypothesis import strategies as st

from stress.events import to_line
from stress.fold.ghost import Ghost, at, compare, ratio
from stress.runs.playback import ghost_of
from stress.runs.recording import Recording

GHOST = Ghost(label="before", points=((0.0, 0.0, 1), (10.0, 100.0, 11), (20.0, 300.0, 21)), peak_tok_s=320.0)


KNOWN = [(-1.0, None), (0.0, 0.0), (5.0, 50.0), (10.0, 100.0), (15.0, 200.0), (20.0, 300.0), (21.0, None)]


@pytest.mark.parametrize(("elapsed", "tok_s"), KNOWN)
def test_a_ghost_is_joined_by_lines_and_ends_where_it_ended(elapsed, tok_s):
    assert at(GHOST, elapsed) == tok_s


def test_the_ratio_is_that_of_the_same_time_of_the_ramp():
    assert ratio(GHOST, 300.0, 15.0) == 1.5
    assert ratio(GHOST, 300.0, 0.0) is None
    assert ratio(GHOST, 300.0, 60.0) is None
    assert ratio(None, 300.0, 15.0) is None


def test_runs_are_compared_by_their_peaks_and_where_they_had_as_many_agents():
    ours = [(1, 0.0), (11, 150.0), (11, 250.0), (21, 600.0), (40, 9999.0)]
    found = compare(GHOST, ours, peak_tok_s=640.0)
    assert found.label == "before"
    assert found.peak_ratio == 2.0
    assert found.equal_agents_ratio == pytest.approx(2.0)


def test_runs_that_never_had_as_many_agents_have_no_ratio_at_equal_load():
    assert compare(GHOST, [(22, 10.0), (30, 20.0)], 20.0).equal_agents_ratio is None
    assert compare(Ghost(label="", points=(), peak_tok_s=0.0), [(11, 10.0)], 20.0).peak_ratio is None


def test_a_run_compared_with_itself_is_as_fast(tmp_path):
    (tmp_path / "events.jsonl").write_bytes(b"".join(map(to_line, small_run())))
    ghost = ghost_of(Recording(tmp_path))
    assert ghost.peak_tok_s == 100
    assert ghost.points[0] == (0.5, 100.0, 2)
    assert max(t for t, _, _ in ghost.points) <= 10.0
    seconds = [(2, 100.0)] * 5 + [(4, 100.0)] * 4
    found = compare(ghost, seconds, 100.0)
    assert (found.peak_ratio, found.equal_agents_ratio) == (1, 1)


@given(st.floats(-100, 100))
def test_a_ghost_is_never_beyond_what_it_made(elapsed):
    found = at(GHOST, elapsed)
    assert found is None or 0 <= found <= 300
