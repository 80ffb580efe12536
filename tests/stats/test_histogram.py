import math

from hypothesis import given
from hypothesis import strategies as st

from stress.stats.histogram import RELATIVE_ERROR, Histogram, tally

times = st.lists(st.floats(1e-5, 1000), min_size=1, max_size=200)


@given(times, st.floats(0, 1))
def test_a_quantile_is_within_the_stated_error_of_a_true_value(seconds, share):
    histogram = Histogram()
    histogram.add(tally(seconds))
    true_ms = sorted(seconds)[math.floor(share * (len(seconds) - 1))] * 1000
    found = histogram.quantile(share)
    assert abs(found - true_ms) <= true_ms * RELATIVE_ERROR * 1.0001


@given(times, times)
def test_two_workers_histograms_add_up_to_the_histogram_of_all(one, other):
    merged, whole = Histogram(), Histogram()
    merged.add(tally(one))
    merged.add(tally(other))
    whole.add(tally(one + other))
    assert [merged.quantile(q / 10) for q in range(11)] == [whole.quantile(q / 10) for q in range(11)]
    assert merged.count == len(one) + len(other)


@given(times, times)
def test_what_leaves_the_window_is_forgotten_completely(old, new):
    window, fresh = Histogram(), Histogram()
    window.add(tally(old))
    window.add(tally(new))
    window.remove(tally(old))
    fresh.add(tally(new))
    assert [window.quantile(q / 10) for q in range(11)] == [fresh.quantile(q / 10) for q in range(11)]


def test_an_empty_histogram_has_no_quantile():
    histogram = Histogram()
    histogram.add(tally([0.1]))
    histogram.remove(tally([0.1]))
    assert histogram.quantile(0.5) is None


def test_two_chunks_of_one_read_count_as_the_smallest_time():
    histogram = Histogram()
    histogram.add(tally([0.0]))
    assert 0 < histogram.quantile(0.5) < 0.0011


def test_a_shape_has_eight_bins_a_decade_and_loses_none():
    histogram = Histogram()
    histogram.add(tally([0.0105, 0.0105, 0.0995, 0.1005, 5.0]))
    shape = dict(histogram.shape())
    assert sum(shape.values()) == 5
    assert shape[8] == 2
    assert shape[15] == shape[16] == 1
    assert Histogram().shape() == ()
