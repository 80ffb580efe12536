import msgspec
import pytest
from happenings import ABOUT
from hypothesis import given
from hypothesis import strategies as st

from stress.duel.lead import Lead, lead
from stress.fold.fold import Fold
from stress.fold.snapshot import Point, Snapshot


def run(rates: list[float], began: float = 1.0) -> Snapshot:
    """A run with so many tok/s at each half second of its ramp."""
    curve = tuple(Point(t=began + (at + 1) / 2, tok_s=rate, agents=4, target=4) for at, rate in enumerate(rates))
    return msgspec.structs.replace(Fold(ABOUT).snapshot(), ramp_started=began, curve=curve)


def test_before_both_run_nobody_leads():
    assert lead(None, run([100])) == Lead(elapsed=0)
    assert lead(run([100]), None) == Lead(elapsed=0)
    assert lead(run([]), run([100])) == Lead(elapsed=0)


def test_the_ratio_is_of_the_last_seconds_and_the_tokens_ratio_of_all():
    left, right = run([100] * 20 + [400] * 20), run([200] * 40)
    now = lead(left, right)
    assert now.elapsed == 20
    assert now.ratio == pytest.approx(2, rel=0.02)
    assert now.tokens_ratio == pytest.approx((1000 + 4000) / 4000, rel=0.05)


def test_the_one_that_runs_is_compared_with_what_the_ghost_had_made_by_then():
    now = lead(run([100] * 100), run([50] * 10, began=7.0))
    assert now.elapsed == 5
    assert now.tokens_ratio == pytest.approx(2)


def test_the_lead_is_of_who_has_made_more_and_since_it_was_taken():
    left, right = run([100] * 20 + [400] * 40), run([200] * 60)
    before, after = lead(run([100] * 20), right), lead(left, right)
    assert (before.leader, before.since) == ("right", pytest.approx(0, abs=0.5))
    assert after.leader == "left"
    # 1,000 tokens behind after 10 s, 200 tok/s faster from then on.
    assert after.since == pytest.approx(15, abs=1)


def test_one_that_is_caught_up_leads_until_it_is_overtaken():
    assert lead(run([100] * 10 + [0] * 10), run([0] * 10 + [100] * 10)).leader == "left"


def test_the_same_pace_is_nobodys_lead():
    assert lead(run([100] * 20), run([100] * 20)).leader is None


def test_a_side_that_makes_nothing_has_no_ratio_but_is_behind():
    now = lead(run([100] * 20), run([0] * 20))
    assert (now.ratio, now.tokens_ratio, now.leader) == (None, None, "left")


rates = st.lists(st.floats(1, 10_000), min_size=1, max_size=80)


@given(rates, rates)
def test_with_the_sides_changed_the_ratio_is_turned_and_the_lead_the_others(left, right):
    there, back = lead(run(left), run(right)), lead(run(right), run(left))
    assert there.elapsed == back.elapsed
    assert there.ratio == pytest.approx(1 / back.ratio)
    assert there.tokens_ratio == pytest.approx(1 / back.tokens_ratio)
    assert {there.leader, back.leader} in ({"left", "right"}, {None})
    assert there.since == back.since


@given(rates, st.floats(1.05, 50))
def test_who_is_always_so_many_times_as_fast_leads_by_that_ratio_from_the_start(rates, times):
    now = lead(run([rate * times for rate in rates]), run(rates))
    assert now.ratio == pytest.approx(times)
    assert now.leader == "left"
