import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schedule import Schedule

schedules = st.builds(
    Schedule,
    chunks=st.integers(1, 200),
    step=st.sampled_from([0.0, 0.01, 0.05]),
    ttft=st.floats(0, 2),
    spread=st.floats(0, 2),
    jitter=st.floats(0, 3),
    burst=st.integers(1, 12),
    seed=st.integers(0, 1000),
)


def test_even_steps_are_one_step_apart():
    assert Schedule(chunks=4, step=0.05).times() == pytest.approx((0, 0.05, 0.1, 0.15))


def test_a_burst_comes_at_once_and_keeps_the_mean_pace():
    schedule = Schedule(chunks=7, step=0.1, burst=3)
    assert schedule.times() == pytest.approx((0, 0, 0, 0.3, 0.3, 0.3, 0.6))
    assert schedule.gaps() == pytest.approx((0, 0, 0.3, 0, 0, 0.3))


def test_jitter_moves_a_burst_as_one():
    times = Schedule(chunks=12, step=0.1, burst=4, jitter=0.5).times()
    assert [len(list(group)) for _, group in itertools.groupby(times)] == [4, 4, 4]


def test_jitter_moves_chunks_by_no_more_than_it_says_and_really_moves_them():
    even = Schedule(chunks=100, step=0.05).times()
    moved = Schedule(chunks=100, step=0.05, jitter=0.4).times()
    shifts = [abs(a - b) for a, b in zip(even, moved, strict=True)]
    assert max(shifts) <= 0.4 * 0.05 + 1e-9
    assert sum(shift > 0.001 for shift in shifts) > 50


def test_another_seed_is_another_jitter_and_the_same_seed_the_same():
    one, again, other = (Schedule(chunks=50, step=0.05, jitter=0.4, seed=seed).times() for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_replies_spread_evenly_over_the_spread():
    firsts = sorted(Schedule(chunks=1, step=0.05, ttft=0.2, spread=0.1).first(number) for number in range(100))
    assert firsts[0] >= 0.2
    assert firsts[-1] < 0.3
    assert max(after - before for before, after in itertools.pairwise(firsts)) < 0.003


@given(schedules)
def test_times_ascend_from_zero_one_for_each_chunk(schedule):
    times = schedule.times()
    assert len(times) == schedule.chunks
    assert times[0] == 0
    assert list(times) == sorted(times)
    assert sum(schedule.gaps()) == pytest.approx(times[-1])
