import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.stats.trend import FEWEST, steadiness


def noise(seed: int, size: float, n: int = 60) -> list[float]:
    rng = random.Random(seed)
    return [1000 + rng.gauss(0, size) for _ in range(n)]


def test_a_rate_that_stands_held():
    found = steadiness(noise(1, 20))
    assert found.held is True
    assert found.change_low <= 0 <= found.change_high
    assert found.mean == pytest.approx(1000, rel=0.02)


def test_a_rate_that_falls_by_a_third_did_not_hold():
    falling = [rate - 5.5 * second for second, rate in enumerate(noise(2, 20))]
    found = steadiness(falling)
    assert found.held is False
    assert found.change == pytest.approx(-60 * 5.5 / found.mean, rel=0.1)


def test_of_a_restless_rate_it_cannot_be_told():
    assert steadiness(noise(3, 600, 12)).held is None


def test_a_rate_without_any_noise_has_a_trend_without_doubt():
    found = steadiness([100.0 + second for second in range(11)])
    assert (found.change_low, found.change_high) == (pytest.approx(found.change), pytest.approx(found.change))
    assert found.change == pytest.approx(10 / 105)


@pytest.mark.parametrize("rates", [[], [5.0] * (FEWEST - 1), [0.0] * 20])
def test_of_too_little_there_is_no_trend(rates):
    assert steadiness(rates) is None


def test_seconds_that_depend_on_each_other_widen_the_interval():
    slow = [1000 + 100 * math.sin(second / 12) for second in range(60)]
    rng = random.Random(4)
    mixed = rng.sample(slow, len(slow))
    width = [found.change_high - found.change_low for found in (steadiness(slow), steadiness(mixed))]
    assert width[0] > 2 * width[1]


def test_the_interval_holds_the_true_trend_about_as_often_as_it_says():
    caught = 0
    for seed in range(400):
        rates = [rate + 3.0 * (second - 14.5) for second, rate in enumerate(noise(seed, 50, 30))]
        found = steadiness(rates)
        caught += found.change_low <= 29 * 3.0 / found.mean <= found.change_high
    assert 0.90 <= caught / 400 <= 0.99


@given(st.lists(st.floats(0.1, 1e6), min_size=FEWEST, max_size=100), st.floats(0.1, 100))
def test_the_unit_of_the_rate_does_not_matter(rates, factor):
    one, other = steadiness(rates), steadiness([rate * factor for rate in rates])
    assert other.change == pytest.approx(one.change, rel=1e-6, abs=1e-6)
    assert other.change_low <= other.change + 1e-9
