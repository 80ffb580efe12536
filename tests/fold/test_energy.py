import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.events import Gpu
from stress.fold.energy import EnergyMeter, cost, cost_per_million
from stress.readings import EnergyReading, GpuReading


def gpu(joules: float | None = None, power: float | None = 300.0, engine=None, index: int = 0, **more) -> GpuReading:
    return GpuReading(index=index, name="H", power_w=power, energy_joules=joules, engine=engine, **more)


def metered(*events: Gpu, since: float = 0.0) -> EnergyMeter:
    meter = EnergyMeter()
    meter.begin(since)
    for event in events:
        meter.add(event)
    return meter


def test_a_counter_is_believed_before_the_power():
    assert metered(*(Gpu(t=t, gpus=(gpu(1000 + 50 * t),)) for t in range(5))).joules() == pytest.approx(200)


def test_without_a_counter_the_power_counts_for_the_time_between_two_readings():
    powers = [(0, 100.0), (1, 200.0), (3, 400.0)]
    meter = metered(*(Gpu(t=t, gpus=(gpu(None, power),)) for t, power in powers))
    assert meter.joules() == pytest.approx(150 + 600)


def test_a_counter_that_was_set_back_is_bridged_by_the_power():
    readings = [(0, 500.0), (1, 800.0), (2, 10.0), (3, 310.0)]
    meter = metered(*(Gpu(t=t, gpus=(gpu(joules),)) for t, joules in readings))
    assert meter.joules() == pytest.approx(300 + 300 + 300)


def test_between_two_looks_at_the_counter_the_power_counts_and_the_counter_corrects_it():
    counters = [1000, 1000, 1000, 1000, 2240, 2240]
    readings = [Gpu(t=t, gpus=(gpu(float(joules)),)) for t, joules in enumerate(counters)]
    assert metered(*readings[:4]).joules() == pytest.approx(3 * 300)
    assert metered(*readings[:5]).joules() == pytest.approx(1240)
    assert metered(*readings).joules() == pytest.approx(1240 + 300)


def test_a_counter_that_is_told_only_now_and_then_is_not_counted_twice():
    readings = [Gpu(t=t, gpus=(gpu(310.0 * t if t % 5 == 0 else None),)) for t in range(11)]
    assert metered(*readings).joules() == pytest.approx(3100)


def test_a_reading_that_failed_stays_unknown_until_the_counter_is_looked_at_again():
    counters = [100, 100, None, 100, 1600]
    readings = [
        Gpu(t=t, gpus=(gpu(joules) if joules else GpuReading(index=0, name="H", lost="no answer"),))
        for t, joules in enumerate(counters)
    ]
    assert metered(*readings[:4]).joules() is None
    assert metered(*readings).joules() == pytest.approx(1500)


def test_a_counter_that_was_read_long_before_the_ramp_counts_from_the_ramp_on_only():
    meter = EnergyMeter()
    for t in range(9):  # read at 0 s, shown again until 8 s
        meter.add(Gpu(t=float(t), gpus=(gpu(1000.0),)))
    meter.begin(8.0)
    meter.add(Gpu(t=9.0, gpus=(gpu(1000.0),)))
    meter.add(Gpu(t=10.0, gpus=(gpu(1000.0 + 10 * 300.0),)))
    assert meter.joules() == pytest.approx(600)


def test_what_was_taken_before_the_ramp_does_not_count():
    meter = metered(*(Gpu(t=t, gpus=(gpu(100.0 * t),)) for t in range(6)), since=2.5)
    assert meter.joules() == pytest.approx(250)


def test_a_gpu_that_tells_neither_leaves_the_sum_unknown():
    meter = metered(*(Gpu(t=t, gpus=(gpu(100.0 * t), gpu(None, None, index=1))) for t in range(3)))
    assert meter.joules() is None
    assert meter.of(0) == 200


def test_only_the_engines_gpus_count_once_they_are_known():
    meter = metered(
        *(Gpu(t=t, gpus=(gpu(100.0 * t, engine=True), gpu(7.0 * t, engine=False, index=1))) for t in range(3))
    )
    assert meter.joules() == 200


def test_a_gpu_lost_in_the_run_makes_its_energy_unknown_rather_than_less():
    lost = GpuReading(index=0, name="H", lost="GPU is lost")
    meter = metered(*(Gpu(t=t, gpus=(gpu(100.0 * t),)) for t in range(3)), Gpu(t=3, gpus=(lost,)))
    assert meter.joules() is None


def test_a_reading_that_failed_is_bridged_by_the_counter():
    lost = GpuReading(index=0, name="H", lost="no answer")
    readings = [Gpu(t=t, gpus=(lost if t in (3, 4) else gpu(100.0 * t),)) for t in range(8)]
    assert metered(*readings).joules() == 700


def test_without_a_counter_a_gap_leaves_it_unknown():
    lost = GpuReading(index=0, name="H", lost="no answer")
    assert metered(*(Gpu(t=t, gpus=(lost if t == 3 else gpu(None),)) for t in range(8))).joules() is None


def test_a_gpu_that_appears_in_the_middle_has_taken_something_that_nobody_saw():
    readings = [Gpu(t=t, gpus=(gpu(100.0 * t),) + ((gpu(100.0 * t, index=1),) if t > 5 else ())) for t in range(10)]
    assert metered(*readings).joules() is None


def test_where_nobody_knows_whose_they_are_the_gpus_at_work_count():
    busy, idle = {"util": 90.0}, {"util": 0.0, "index": 1}
    readings = [Gpu(t=t, gpus=(gpu(300.0 * t, **busy), gpu(80.0 * t, **idle))) for t in range(4)]
    assert metered(*readings).joules() == 900
    assert metered(*readings).reading(3.0, 100.0, 3.6).cost == pytest.approx(3.6 * 3 / 3600)


def test_of_a_chip_and_its_instances_only_the_chip_is_counted():
    instances = tuple(GpuReading(index=0, name=f"H (MIG #{number})", sm=90.0) for number in range(7))
    meter = metered(*(Gpu(t=t, gpus=(gpu(300.0 * t), *instances)) for t in range(4)))
    assert meter.joules() == 900
    assert meter.reading(3600.0, 1.0, 2.5).cost == pytest.approx(2.5)


def test_readings_that_are_out_of_date_tell_no_power():
    meter = metered(*(Gpu(t=t, gpus=(gpu(300.0 * t),)) for t in range(4)))
    assert meter.reading(3.0, 600.0, None).tokens_per_joule == 2.0
    stale = meter.reading(60.0, 600.0, None)
    assert (stale.watts, stale.tokens_per_joule) == (None, None)


def test_the_live_reading_has_watts_tokens_a_joule_and_what_they_cost():
    meter = metered(*(Gpu(t=t, gpus=(gpu(300.0 * t), gpu(300.0 * t, index=1))) for t in range(4)))
    assert meter.reading(now=3.0, tok_s=1200.0, price=2.5) == EnergyReading(
        joules=1800,
        watts=600,
        tokens_per_joule=2.0,
        cost=pytest.approx(2 * 2.5 * 3 / 3600),
        cost_per_million_tokens=pytest.approx(5 / 3600 / 1200 * 1e6),
    )


def test_nothing_is_known_before_the_first_reading_and_there_is_no_price_without_gpus():
    meter = metered()
    assert meter.reading(now=3.0, tok_s=10.0, price=2.5) == EnergyReading()


def test_without_tokens_a_million_of_them_has_no_price():
    assert cost_per_million(5.0, 0.0) is None
    assert cost(3.6, 1000) == pytest.approx(1.0)


@given(st.lists(st.floats(1, 1000), min_size=2, max_size=20), st.floats(0.1, 2))
def test_with_a_steady_counter_energy_never_falls(powers, step):
    meter, joules, last = EnergyMeter(), 0.0, 0.0
    meter.begin(0.0)
    for index, power in enumerate(powers):
        joules += power * step
        meter.add(Gpu(t=index * step, gpus=(gpu(joules, power),)))
        now = meter.joules() or 0.0
        assert now >= last
        last = now
