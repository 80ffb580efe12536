import pytest
from happenings import ABOUT, small_run

from stress.duel.measure import measured
from stress.fold.fold import Fold


def test_a_run_is_measured_by_its_agents_its_peak_and_its_replies():
    found = measured(Fold(ABOUT), small_run())
    assert len(found.replies) == 11
    assert found.agents_peak == 4
    assert found.by_agents == {2: pytest.approx(100), 4: pytest.approx(100)}
    assert found.peak_output_throughput == 100
    # Replies take a second; the first was asked for before any worker had told of its agents.
    assert {agents for agents, _, _ in found.replies} == {0, 2, 4}
    assert all((ttft, tpot) == (100.0, 100.0) for _, ttft, tpot in found.replies)


def test_a_run_that_was_cut_off_counts_as_far_as_it_came():
    found = measured(Fold(ABOUT), small_run()[:60])
    assert set(found.by_agents) == {2}
    assert found.peak_output_throughput == 100


def test_nothing_gives_nothing():
    found = measured(Fold(ABOUT), [])
    assert (found.by_agents, found.replies) == ({}, ())
