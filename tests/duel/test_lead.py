import msgspec
import pytest
from happenings import ABOUT
from hypothesis import given
from hypothesis import strategies as st

from stress.duel.lead import EVEN, Lead, lead
from stress.fold.fold import Fold
from stress.fold.snapshot import Point, Snapshot
from stress.stats.equal_load import equal_agents_ratio


def run(rates: list[float], began: float = 1.0) -> Snapshot:
    """A run with so many tok/s at each half second of its ramp, an agent more at each."""
    points = list(enumerate(rates))
    curve = tuple(Point(t=began + (at + 1) / 2, tok_s=rate, agents=at + 1, target=at + 1) for at, rate in points)
    at_agents = tuple((at + 1, rate) for at, rate in points)
    empty = Fold(ABOUT).snapshot()
    sample = msgspec.structs.replace(empty.sample, output_tokens=round(sum(rates) * 1000))
    return msgspec.structs.replace(empty, sample=sample, ramp_started=began, curve=curve, at_agents=at_agents)


def test_before_both_run_nobody_leads():
    assert lead(None, run([100])) == Lead(elapsed=0)
    assert lead(run([100]), None) == Lead(elapsed=0)
    assert lead(run([]), run([100])) == Lead(elapsed=0)


def test_the_ratio_is_that_at_equal_agents_and_the_leaders_over_the_others():
    left, right = run([100] * 20), run([100] * 10 + [500] * 10)
    now, back = lead(left, right), lead(right, left)
    assert now.elapsed == 10
    assert (now.leader, back.leader) == ("right", "left")
    assert now.ratio == back.ratio == pytest.approx((1000 + 5000) / 2000)
    assert now.tokens_ratio == back.tokens_ratio == pytest.approx(3, rel=0.05)


def test_only_numbers_of_agents_that_both_went_through_count():
    assert lead(run([100] * 100), run([50] * 10)).ratio == 2
    assert lead(run([50] * 10 + [900] * 90), run([100] * 10)).leader == "right"


def test_the_ratio_stands_still_once_a_side_is_over_and_the_other_drains():
    over, hold = run([300] * 20), run([100] * 20)
    drained = msgspec.structs.replace(hold, curve=(*hold.curve, Point(t=60, tok_s=5, agents=20, target=0)))
    assert lead(over, drained).ratio == lead(over, hold).ratio == 3


def test_without_whole_seconds_there_is_no_ratio_yet():
    early = msgspec.structs.replace(run([100]), at_agents=())
    assert lead(early, run([100])) == Lead(elapsed=0.5)


def test_the_one_that_runs_is_compared_with_what_the_ghost_had_made_by_then():
    now = lead(run([100] * 100), run([50] * 10, began=7.0))
    assert now.elapsed == 5
    assert now.ratio == 2


def test_the_tokens_ratio_is_that_of_the_counts_that_the_screen_shows():
    left, right = run([2000, 100, 100]), run([100, 100, 300])
    counted = [
        msgspec.structs.replace(one, sample=msgspec.structs.replace(one.sample, output_tokens=tokens))
        for one, tokens in ((left, 1257), (right, 1066))
    ]
    assert lead(*counted).tokens_ratio == pytest.approx(1257 / 1066)


def test_the_leader_has_led_since_it_had_made_more_tokens():
    left, right = run([100] * 20 + [400] * 40), run([200] * 60)
    before, after = lead(run([100] * 20), right), lead(left, right)
    assert (before.leader, before.since) == ("right", pytest.approx(0, abs=0.5))
    assert after.leader == "left"
    # 1,000 tokens behind after 10 s, 200 tok/s faster from then on.
    assert after.since == pytest.approx(15, abs=1)


def test_a_leader_that_has_made_fewer_tokens_leads_since_never():
    left, right = run([100] * 40), run([100] * 40)
    left = msgspec.structs.replace(left, at_agents=tuple((agents, 3 * rate) for agents, rate in right.at_agents))
    more = run([150] * 40)
    right = msgspec.structs.replace(right, curve=more.curve, sample=more.sample)
    now = lead(left, right)
    assert (now.leader, now.since) == ("left", None)
    assert now.tokens_ratio < 1


def test_the_same_pace_is_nobodys_lead():
    now = lead(run([100] * 20), run([101] * 20))
    assert (now.leader, now.since, now.tokens_ratio) == (None, None, None)
    assert now.ratio == pytest.approx(1.01)


def test_a_side_that_makes_nothing_has_no_ratio_but_is_behind():
    now = lead(run([100] * 20), run([0] * 20))
    assert (now.ratio, now.tokens_ratio, now.leader) == (None, None, "left")
    assert lead(run([0] * 20), run([100] * 20)).leader == "right"
    assert lead(run([0] * 20), run([0] * 20)).leader is None


rates = st.lists(st.floats(1, 10_000), min_size=1, max_size=80)


@given(rates, rates)
def test_with_the_sides_changed_the_ratio_is_the_same_and_the_lead_the_others(left, right):
    there, back = lead(run(left), run(right)), lead(run(right), run(left))
    assert there.elapsed == back.elapsed
    assert there.ratio == pytest.approx(back.ratio)
    assert there.tokens_ratio == pytest.approx(back.tokens_ratio)
    assert {there.leader, back.leader} in ({"left", "right"}, {None})
    assert there.since == back.since


@given(rates, st.floats(1.05, 50))
def test_who_is_always_so_many_times_as_fast_leads_by_that_ratio_from_the_start(rates, times):
    now = lead(run([rate * times for rate in rates]), run(rates))
    assert now.ratio == pytest.approx(times)
    assert now.leader == "left"
    assert now.tokens_ratio == pytest.approx(times, rel=1e-2)


@given(rates, rates)
def test_every_ratio_is_of_the_one_that_leads(left, right):
    now = lead(run(left), run(right))
    assert now.ratio >= 1
    equal = equal_agents_ratio(dict(run(left).at_agents), dict(run(right).at_agents))
    assert now.ratio == pytest.approx(equal if equal >= 1 else 1 / equal)
    assert now.leader == (None if now.ratio <= EVEN else "left" if equal > 1 else "right")
