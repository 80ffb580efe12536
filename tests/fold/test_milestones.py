import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.fold.milestones import KEPT, Milestones, round_below


def texts(*moments: tuple[float, int, float, int]) -> list[str]:
    found = Milestones()
    for moment in moments:
        found.look(*moment)
    return [milestone.text for milestone in found.newest]


def test_a_round_number_of_agents_is_told_once_when_it_is_reached():
    assert texts(*((t, agents, 0.0, 0) for t, agents in enumerate([1, 9, 10, 11, 30, 19, 30, 52]))) == [
        "10 agents",
        "20 agents",
        "50 agents",
    ]


def test_throughput_and_tokens_have_their_round_numbers_too():
    assert texts((1, 1, 99.0, 0), (2, 1, 130.0, 0), (3, 1, 10_400.0, 120_000), (4, 1, 10_400.0, 1_000_000)) == [
        "100 tok/s",
        "10k tok/s",
        "100k tokens",
        "1M tokens",
    ]


def test_a_new_peak_is_told_where_it_is_clearly_higher_and_not_every_second():
    quick = [(t, 1, 2_000.0 + 100 * t, 0) for t in range(30)]
    told = texts(*quick)
    assert told[0] == "2,000 tok/s"
    assert sum("new peak" in text for text in told) == 2
    assert texts((0, 1, 2_000.0, 0), (60, 1, 2_050.0, 0)) == ["2,000 tok/s"]


def test_a_peak_that_does_not_rise_any_more_is_no_news():
    assert texts((0, 1, 2_000.0, 0), (9, 1, 2_900.0, 0), (20, 1, 2_900.0, 0)) == ["2,000 tok/s"]


def test_only_the_newest_are_kept():
    assert len(texts(*((t, 10**t, 0.0, 0) for t in range(1, 20)))) == KEPT


@given(st.floats(1, 1e12))
def test_a_round_number_is_the_largest_that_is_not_above(value):
    below = round_below(value)
    assert below <= value * (1 + 1e-9)
    assert value < below * 2.5 * (1 + 1e-9)
    assert str(below).rstrip("0") in ("1", "2", "5")


@pytest.mark.parametrize(("value", "below"), [(0, 0), (0.9, 0), (1, 1), (4.99, 2), (5, 5), (999, 500), (1000, 1000)])
def test_round_numbers_are_one_two_and_five_times_powers_of_ten(value, below):
    assert round_below(value) == below
