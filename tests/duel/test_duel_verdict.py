import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.duel.measure import Measured
from stress.duel.verdict import judge, ratio_of


def run(tok_s: float = 1000.0, agents: int = 10, **changes) -> Measured:
    """A run whose throughput grows with its agents, to `tok_s` at the most of them."""
    fields = {
        "output_throughput": tok_s * 0.8,
        "peak_output_throughput": tok_s * 1.1,
        "by_agents": {n: tok_s * n / agents for n in range(1, agents + 1)},
        "agents_peak": agents,
        "replies": tuple((n, 100.0 * n, 10.0) for n in range(1, agents + 1)),
        "tokens_per_joule": 5.0,
    }
    return Measured(**fields | changes)


def test_of_one_round_the_ratios_are_told_without_an_interval_and_nobody_is_sure():
    verdict = judge([(run(3000), run(1000))])
    assert verdict.equal_agents.mean == pytest.approx(3)
    assert verdict.equal_agents.low is None
    assert verdict.peak.mean == pytest.approx(3)
    assert verdict.leader == "left"
    assert not verdict.sure
    assert (verdict.throughput.left, verdict.throughput.right) == (2400, 800)
    assert verdict.throughput.ratio == 3


def test_only_numbers_of_agents_that_both_had_are_compared():
    verdict = judge([(run(by_agents={1: 100.0, 2: 300.0}), run(by_agents={1: 100.0, 2: 100.0, 3: 1.0}))])
    assert verdict.equal_agents.mean == pytest.approx(2)


def test_without_a_common_number_of_agents_nobody_leads():
    verdict = judge([(run(by_agents={1: 100.0}), run(by_agents={2: 100.0}, peak_output_throughput=550.0))])
    assert verdict.equal_agents.mean is None
    assert verdict.peak.mean == pytest.approx(2)
    assert (verdict.leader, verdict.sure, verdict.even) == (None, False, False)


def test_rounds_that_agree_are_sure_and_their_interval_holds_the_mean():
    verdict = judge([(run(3000), run(1000)), (run(3100), run(1000)), (run(2900), run(1000))])
    ratio = verdict.equal_agents
    assert ratio.low < ratio.mean < ratio.high
    assert ratio.mean == pytest.approx(3, rel=0.01)
    assert (ratio.low, ratio.high) == (pytest.approx(2.75, abs=0.03), pytest.approx(3.25, abs=0.03))
    assert verdict.sure
    assert verdict.leader == "left"


def test_rounds_that_do_not_agree_name_no_leader():
    verdict = judge([(run(2000), run(1000)), (run(800), run(1000)), (run(1300), run(1000))])
    assert verdict.leader is None
    assert not verdict.sure


def test_a_lead_of_the_right_is_told_as_such():
    assert judge([(run(1000), run(1500))]).leader == "right"
    assert judge([(run(1000 + n), run(1500)) for n in range(3)]).leader == "right"


def test_one_run_each_a_hair_apart_is_even():
    assert judge([(run(1010), run(1000))]).leader is None


def test_latencies_are_of_the_replies_at_full_load():
    slow = tuple((n, 900.0 if n >= 8 else 1.0, 50.0 if n >= 8 else 1.0) for n in range(1, 11))
    verdict = judge([(run(), run(replies=slow))])
    assert verdict.load == 8
    assert (verdict.ttft_ms.left, verdict.ttft_ms.right) == (900, 900)
    assert (verdict.tpot_ms.left, verdict.tpot_ms.right) == (10, 50)


def test_full_load_is_what_both_had_and_replies_beyond_it_are_left_out():
    verdict = judge([(run(agents=100), run(agents=10))])
    assert verdict.load == 8
    assert (verdict.ttft_ms.left, verdict.ttft_ms.right) == (900, 900)


def test_even_is_what_lies_within_two_percent_for_sure():
    assert judge([(run(1000), run(1000))]).even
    assert judge([(run(1000 + n), run(1000)) for n in range(3)]).even
    assert not judge([(run(2000), run(1000)), (run(800), run(1000)), (run(1300), run(1000))]).even


def test_what_a_round_does_not_tell_is_not_averaged():
    verdict = judge([(run(), run()), (run(tokens_per_joule=None), run())])
    assert (verdict.tokens_per_joule.left, verdict.tokens_per_joule.right) == (None, 5.0)
    assert verdict.tokens_per_joule.ratio is None


def test_a_side_that_made_nothing_has_no_ratio():
    verdict = judge([(run(), run(0, peak_output_throughput=0.0))])
    assert (verdict.equal_agents.mean, verdict.peak.mean, verdict.leader) == (None, None, None)


ratios = st.lists(st.floats(0.01, 100), min_size=1, max_size=12)


@given(ratios)
def test_turned_round_every_ratio_is_its_inverse(values):
    there, back = ratio_of(values), ratio_of(1 / value for value in values)
    assert there.mean == pytest.approx(1 / back.mean)
    if there.low is not None:
        assert there.low == pytest.approx(1 / back.high)
        assert there.low <= there.mean <= there.high


@given(ratios)
def test_the_mean_is_the_geometric_one(values):
    assert ratio_of(values).mean == pytest.approx(statistics.geometric_mean(values))
    assert math.isclose(ratio_of([2.0, 0.5]).mean, 1.0)
