import math
import statistics

import msgspec
import pytest
from happenings import ABOUT, failure, pulse, reply, small_run
from hypothesis import given
from hypothesis import strategies as st

from stress.events import Engine, Gpu, Phase
from stress.fold.fold import Fold
from stress.fold.summary import summarise
from stress.readings import EngineReading, GpuReading
from stress.stats.histogram import tally


def summary_of(*events):
    fold = Fold(ABOUT)
    for event in events:
        fold.apply(event)
    return summarise(fold)


def test_a_small_run_adds_up():
    summary = summary_of(*small_run())
    assert (summary.completed, summary.failed, summary.abandoned) == (11, 1, 0)
    assert (summary.total_input_tokens, summary.total_output_tokens) == (220, 110)
    assert summary.duration == pytest.approx(10.5)
    assert summary.output_throughput == pytest.approx(110 / 10.5)
    assert summary.request_throughput == pytest.approx(11 / 10.5)
    assert summary.total_token_throughput == pytest.approx(330 / 10.5)
    assert summary.peak_output_throughput == 100
    assert (summary.agents_start, summary.agents_peak) == (2, 4)
    assert summary.messages_delivered == 10
    assert summary.errors == {"connection_lost": 1}
    assert summary.mean_itl_ms == pytest.approx(10)
    assert summary.std_itl_ms == pytest.approx(0, abs=1e-6)
    assert summary.median_itl_ms == pytest.approx(10, rel=0.006)


@given(st.lists(st.floats(1, 1e5), min_size=1, max_size=50))
def test_times_are_summed_up_as_vllm_does(times):
    summary = summary_of(Phase(t=0, name="ramp"), *(reply(9, n, ttft_ms=ms) for n, ms in enumerate(times)))
    assert summary.mean_ttft_ms == pytest.approx(statistics.fmean(times))
    assert summary.median_ttft_ms == pytest.approx(statistics.median(times))
    assert summary.std_ttft_ms == pytest.approx(statistics.pstdev(times), abs=1e-6)
    assert min(times) - 1e-9 <= summary.p95_ttft_ms <= summary.p99_ttft_ms <= max(times) + 1e-9


def test_failed_and_abandoned_requests_leave_times_and_tokens_alone():
    summary = summary_of(
        Phase(t=0, name="ramp"), reply(2), failure(3, output_tokens=7), failure(4, "abandoned", output_tokens=5)
    )
    assert (summary.completed, summary.failed, summary.abandoned) == (1, 1, 1)
    assert summary.total_output_tokens == 10


def test_the_std_of_itl_comes_from_the_sums():
    gaps = [0.01, 0.02, 0.03, 0.09]
    one = pulse(1, itl=tally(gaps), itl_sum_ms=sum(gaps) * 1e3, itl_sum_sq_ms2=sum(gap * gap for gap in gaps) * 1e6)
    summary = summary_of(one)
    assert summary.std_itl_ms == pytest.approx(statistics.pstdev(gaps) * 1000)


def test_requests_in_flight_are_counted_from_their_starts_and_ends():
    overlapping = [reply(t, n, start=start) for n, (start, t) in enumerate([(0, 5), (1, 3), (3, 4), (4.5, 6)])]
    assert summary_of(*sorted(overlapping, key=lambda request: request.t)).max_concurrent_requests == 2


def test_a_run_without_replies_has_nulls_and_zeros_but_no_nan():
    summary = summary_of(Phase(t=0, name="ramp"), failure(3))
    assert summary.mean_ttft_ms is None
    assert summary.output_throughput == 0
    assert not any(isinstance(value, float) and math.isnan(value) for value in msgspec.structs.astuple(summary))


def gpu(energy: float | None, util: float | None = 50.0, power: float | None = 300.0, index: int = 0) -> GpuReading:
    return GpuReading(index=index, name="H", util=util, power_w=power, energy_joules=energy)


def test_cached_tokens_that_no_reply_tells_are_unknown_and_the_engines_own_count_is_told_beside():
    counts = [
        Engine(t=t, reading=EngineReading(cached_tokens=count)) for t, count in ((0, 1000), (5, 1500), (9, 106_856))
    ]
    summary = summary_of(counts[0], Phase(t=1, name="ramp"), reply(2), *counts[1:], reply(9))
    assert (summary.total_cached_tokens, summary.engine_cached_tokens) == (None, 105_856)
    told = summary_of(Phase(t=1, name="ramp"), reply(2, cached_tokens=0), reply(3, cached_tokens=7), reply(4))
    assert (told.total_cached_tokens, told.engine_cached_tokens) == (7, None)


def test_an_engine_that_counts_from_zero_again_has_no_count_of_the_whole_run():
    counts = [Engine(t=t, reading=EngineReading(cached_tokens=count)) for t, count in ((0, 1000), (5, 10))]
    assert summary_of(counts[0], Phase(t=1, name="ramp"), reply(2), counts[1]).engine_cached_tokens is None


def test_energy_is_the_counters_difference_from_the_ramp_to_the_end():
    events = [Phase(t=1, name="ramp"), *(Gpu(t=t, gpus=(gpu(1000 + 100 * t),)) for t in (0, 1, 2, 3)), reply(3)]
    summary = summary_of(*events, Phase(t=3, name="drain"), Gpu(t=4, gpus=(gpu(1400),)))
    assert summary.energy_joules == pytest.approx(300)
    assert summary.output_tokens_per_joule == pytest.approx(10 / 300)


def test_one_gpu_that_tells_neither_energy_nor_power_leaves_the_energy_unknown():
    gpus = [Gpu(t=t, gpus=(gpu(100.0 * t), gpu(None, power=None, index=1))) for t in (1, 2)]
    summary = summary_of(Phase(t=1, name="ramp"), *gpus, reply(3))
    assert summary.energy_joules is None
    assert summary.output_tokens_per_joule is None


def test_energy_whose_readings_ended_long_before_the_run_is_unknown():
    gpus = [Gpu(t=t, gpus=(gpu(100.0 * t),)) for t in range(5)]
    assert summary_of(Phase(t=0, name="ramp"), *gpus, reply(60)).energy_joules is None
    assert summary_of(Phase(t=0, name="ramp"), *gpus, reply(5)).energy_joules == 400


def test_a_price_of_nothing_costs_nothing():
    fold = Fold(msgspec.structs.replace(ABOUT, price=0.0))
    for event in (Phase(t=0, name="ramp"), Gpu(t=1, gpus=(gpu(1.0),)), reply(10)):
        fold.apply(event)
    assert summarise(fold).cost == 0


def test_a_price_an_hour_gives_what_the_run_and_a_million_tokens_cost():
    fold = Fold(msgspec.structs.replace(ABOUT, price=3.6))
    for event in (Phase(t=0, name="ramp"), Gpu(t=1, gpus=(gpu(1.0), gpu(1.0, index=1))), reply(10)):
        fold.apply(event)
    summary = summarise(fold)
    assert summary.cost == pytest.approx(2 * 3.6 * 10 / 3600)
    assert summary.cost_per_million_output_tokens == pytest.approx(summary.cost / 10 * 1e6)


def test_a_price_without_a_gpu_in_sight_prices_nothing():
    fold = Fold(msgspec.structs.replace(ABOUT, price=3.6))
    for event in (Phase(t=0, name="ramp"), reply(10)):
        fold.apply(event)
    assert (summarise(fold).cost, summarise(fold).cost_per_million_output_tokens) == (None, None)


def test_gpus_are_averaged_over_what_could_be_read():
    gpus = [Gpu(t=t, gpus=(gpu(None, util),)) for t, util in ((1, 20.0), (2, None), (3, 40.0))]
    (found,) = summary_of(Phase(t=1, name="ramp"), *gpus, reply(4)).gpus
    assert (found.mean_util, found.max_util, found.max_temp_c) == (30, 40, None)


def test_replies_that_hold_no_text_are_counted_by_what_they_hold():
    summary = summary_of(
        Phase(t=0, name="ramp"),
        reply(1),
        reply(2, 2, instead="thoughts"),
        reply(3, 3, instead="thoughts"),
        reply(4, 4, instead="nothing"),
        failure(5, "abandoned"),
    )
    assert (summary.completed, summary.replies_only_thoughts, summary.replies_empty) == (4, 2, 1)
