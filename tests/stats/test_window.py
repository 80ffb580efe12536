import pytest

from stress.stats.window import WINDOW_S, Recent


def test_a_rate_is_over_the_window():
    recent = Recent()
    recent.add(1.0, 100)
    recent.add(4.0, 300)
    assert recent.rate(4.5, since=0.0) == 300 / WINDOW_S


def test_a_rate_of_a_young_run_is_over_the_time_it_has_had():
    recent = Recent()
    recent.add(1.8, 100)
    assert recent.rate(2.0, since=1.0) == 100


@pytest.mark.parametrize("now", [1.0, 1.05, 1.25])
def test_a_pulse_in_a_runs_first_moments_is_not_its_peak(now):
    recent = Recent()
    recent.add(1.0, 100)
    assert recent.rate(now, since=1.0) == 400


def test_nothing_counted_is_no_rate():
    assert Recent().rate(3.0) == 0.0
