import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.fold.milestones import KEPT, Milestones, round_below
from stress.stats.knee import Knee


def texts(*moments: tuple[float, int, float, int]) -> list[str]:
    found = Milestones()
    for moment in moments:
        found.look(*moment)
    return [milestone.text for milestone in found.newest]


def test_a_round_number_of_agents_is_told_once_when_it_is_reached():
    assert texts(*((2.0 * t, agents, 0.0, 1) for t, agents in enumerate([1, 9, 10, 11, 30, 19, 30, 52]))) == [
        "10 agents",
        "20 agents",
        "50 agents",
    ]


def test_agents_that_nobody_answers_are_no_news_until_somebody_does():
    assert texts((1, 20, 0.0, 0), (2, 20, 0.0, 0)) == []
    assert texts((1, 20, 0.0, 0), (2, 20, 0.0, 1)) == ["20 agents"]


def test_throughput_and_tokens_have_their_round_numbers_too():
    assert texts((1, 1, 99.0, 0), (2, 1, 130.0, 0), (3, 1, 10_400.0, 120_000), (4, 1, 10_400.0, 1_000_000)) == [
        "100 tok/s",
        "10k tok/s · 100k tokens",
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
    assert len(texts(*((t, 10**t, 0.0, 1) for t in range(1, 20)))) == KEPT


@given(st.floats(1, 1e12))
def test_a_round_number_is_the_largest_that_is_not_above(value):
    below = round_below(value)
    assert below <= value * (1 + 1e-9)
    assert value < below * 2.5 * (1 + 1e-9)
    assert str(below).rstrip("0") in ("1", "2", "5")


@pytest.mark.parametrize(("value", "below"), [(0, 0), (0.9, 0), (1, 1), (4.99, 2), (5, 5), (999, 500), (1000, 1000)])
def test_round_numbers_are_one_two_and_five_times_powers_of_ten(value, below):
    assert round_below(value) == below


def test_what_happens_within_a_second_is_one_piece_of_news():
    found = Milestones()
    found.look(10.0, 200, 20_500.0, 120_000)
    found.look(10.4, 200, 51_000.0, 120_000)
    assert [(one.t, one.text) for one in found.newest] == [(10.0, "200 agents · 50k tok/s · 100k tokens")]
    found.look(11.0, 500, 51_000.0, 120_000)
    assert [one.text for one in found.newest][1:] == ["500 agents"]


@pytest.mark.parametrize("peak", [0.0, 0.3])
def test_a_peak_of_nothing_is_no_news(peak):
    assert texts(*((t, 1, peak * t / 60, 0) for t in range(60))) == []


def test_agents_that_the_user_asks_for_are_news_and_add_up_within_a_second():
    found = Milestones()
    found.aim(0.0, 2)
    for t in (20.0, 20.2, 20.4):
        found.ask(t, 10)
        found.aim(t + 0.05, 2 + round((t - 19.8) / 0.2) * 10)
    found.ask(25.0, -1)
    assert [one.text for one in found.newest] == ["+30 agents", "-1 agent"]


def test_a_step_of_the_ramp_is_news_and_its_slope_is_not():
    stepped, sloped = Milestones(), Milestones()
    for t, agents in ((0.0, 50), (10.0, 100), (20.0, 150)):
        stepped.aim(t, agents)
    for tenth in range(100):
        sloped.aim(tenth / 10, 20 * tenth)
    assert [one.text for one in stepped.newest] == ["+50 agents", "+50 agents"]
    assert not sloped.newest


def knees(*found: int | None) -> list[str]:
    """What is told where the looks, five seconds apart, find knees at so many agents."""
    told = Milestones()
    for place, agents in enumerate(found):
        told.knee(5.0 * place, None if agents is None else Knee(agents=agents, output_throughput=900.0))
    return [milestone.text for milestone in told.newest]


def test_a_knee_is_news_once_it_is_found_twice_in_a_row():
    assert knees(None, 62, None, 62, None) == []
    assert knees(20, 62, 120) == []
    assert knees(62, 64) == ["knee at 64 agents: more agents no longer help"]


def test_a_knee_is_news_again_only_if_it_moves_far():
    assert knees(62, 62, 70, 70, None, 62, 62) == ["knee at 62 agents: more agents no longer help"]
    assert knees(62, 62, 120, 120)[1:] == ["knee at 120 agents: more agents no longer help"]
