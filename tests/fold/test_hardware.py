import pytest
from happenings import ABOUT, pulse

from stress.events import Engine, Gpu, Host, Phase, Source
from stress.fold.fold import Fold
from stress.fold.hardware import HardwareState
from stress.limits.outage import Outage
from stress.readings import STALE_S, EngineReading, GpuReading

BUSY = GpuReading(index=2, name="H", host="box", util=97.0, mem_used=5, mem_total=9, power_w=300.0, engine=True)


def folded(*events) -> Fold:
    fold = Fold(ABOUT)
    for event in events:
        fold.apply(event)
    return fold


def test_a_gpu_reading_that_is_out_of_date_shows_only_what_does_not_change():
    sample = folded(Gpu(t=1, gpus=(BUSY,)), pulse(1.1 + STALE_S)).snapshot().sample
    assert sample.stale == {"gpus": pytest.approx(STALE_S + 0.1)}
    assert sample.gpus == (GpuReading(index=2, name="H", host="box", mem_total=9, engine=True),)


def test_an_engines_view_that_is_out_of_date_is_not_shown():
    sample = folded(Engine(t=1, reading=EngineReading(running=3)), pulse(9)).snapshot().sample
    assert sample.engine == EngineReading()
    assert "engine" in sample.stale


def test_readings_that_go_on_are_never_stale():
    readings = [Gpu(t=t, gpus=(BUSY,)) for t in range(1, 30)]
    assert folded(*readings, pulse(29.5)).snapshot().sample.stale == {}


def test_a_driver_that_hangs_from_the_first_moment_is_found_out():
    hung = Source(t=0, name="gpus", origin="this machine's driver")
    assert folded(hung, pulse(3)).snapshot().sample.stale == {"gpus": 3}


def test_gpu_means_are_of_the_time_under_load():
    hardware = HardwareState(ABOUT, Outage())
    for t, util in ((0, 1.0), (1, 50.0), (2, 70.0), (3, 5.0)):
        if t == 1:
            hardware.begin(1)
        if t == 3:
            hardware.drain()
        hardware.add(Gpu(t=t, gpus=(GpuReading(index=0, name="H", util=util),)))
    (summary,) = hardware.gpu_summaries()
    assert summary.mean_util == 60


def test_the_run_is_judged_once_a_second_under_load_only():
    events = [Phase(t=0, name="ramp")]
    for tenth in range(1, 100):
        events.append(pulse(tenth / 10, 5, agents=20, in_flight=20))
        if tenth % 5 == 0:
            events.append(Host(t=tenth / 10, cores=(99.0,), mem_used=1, mem_total=2, engine_cpu_busiest=1.0))
    before = folded(*events)
    after = folded(*events, Phase(t=10, name="drain"), *(pulse(10 + tenth / 10) for tenth in range(50)))
    assert before.snapshot().sample.verdict.name == "engine_cpu"
    assert len(before.hardware.bottleneck.judged) == len(after.hardware.bottleneck.judged) == 7


def test_nothing_is_judged_before_the_ramp_has_settled():
    fold = folded(Phase(t=0, name="ramp"), pulse(1.0), pulse(2.5))
    assert fold.snapshot().sample.verdict is None
