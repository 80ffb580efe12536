import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.stats.equal_load import by_agents, equal_agents_ratio

LEVELS = st.sets(st.integers(1, 300), min_size=2, max_size=40)


def test_seconds_with_as_many_agents_are_averaged():
    assert by_agents([(1, 10.0), (11, 150.0), (11, 250.0)]) == {1: 10.0, 11: 200.0}


def test_every_number_of_agents_that_both_had_counts_as_much():
    assert equal_agents_ratio({1: 10.0, 2: 30.0, 3: 80.0}, {1: 10.0, 2: 10.0, 3: 20.0}) == pytest.approx(120 / 40)


def test_between_the_numbers_that_a_run_had_it_is_on_a_straight_line():
    assert equal_agents_ratio({2: 20.0, 6: 60.0}, {2: 10.0, 3: 10.0, 6: 10.0}) == pytest.approx(4.0)


def test_runs_of_a_steep_ramp_that_hardly_ever_had_the_same_number_are_compared_over_all_of_it():
    # As on an H200, where two runs of 2 to 200 agents over 30 s had none but 200 in common, and one noisy second there.
    ours = {agents: 80.0 * agents for agents in range(3, 200, 7)} | {200: 16_000.0}
    theirs = {agents: 10.0 * agents for agents in range(5, 200, 7)} | {200: 1_000.0}
    assert equal_agents_ratio(ours, theirs) == pytest.approx(8.0, rel=0.02)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [({2: 10.0, 3: 20.0}, {4: 10.0, 9: 10.0}), ({}, {1: 1.0}), ({1: 5.0}, {1: 0.0}), ({0: 5.0, 1: 5.0}, {0: 5.0})],
    ids=["no number in common", "no run", "it made nothing", "nobody was there"],
)
def test_runs_that_cannot_be_compared_have_no_ratio(ours, theirs):
    assert equal_agents_ratio(ours, theirs) is None


def test_beyond_what_both_had_nothing_counts():
    assert equal_agents_ratio({1: 10.0, 2: 20.0}, {1: 5.0, 2: 10.0, 3: 9999.0}) == pytest.approx(2.0)


@given(LEVELS, LEVELS, st.floats(0.01, 100))
def test_which_numbers_a_ramp_happens_to_hit_does_not_change_the_ratio_of_straight_curves(ours, theirs, factor):
    found = equal_agents_ratio({n: factor * n for n in ours}, {n: float(n) for n in theirs})
    overlap = max(min(ours), min(theirs)) <= min(max(ours), max(theirs))
    assert (found is not None) is overlap
    assert found is None or found == pytest.approx(factor)


@given(st.dictionaries(st.integers(1, 300), st.floats(1, 1e5), min_size=1, max_size=40))
def test_a_run_is_as_fast_as_itself(curve):
    assert equal_agents_ratio(curve, curve) == pytest.approx(1.0)
