import msgspec
import pytest
from happenings import ABOUT, failure, pulse, small_run

from stress.events import AgentState, Engine, Gpu, Phase
from stress.fold.fold import Fold
from stress.fold.summary import summarise
from stress.fold.whole import picture
from stress.readings import EngineReading, GpuReading


def folded(*events) -> Fold:
    fold = Fold(ABOUT)
    for event in events:
        fold.apply(event)
    return fold


def gpu(t: float, util: float, power: float) -> Gpu:
    return Gpu(t=t, gpus=(GpuReading(index=0, name="NVIDIA H200", util=util, power_w=power, engine=True),))


def test_while_it_runs_there_is_no_whole_run():
    fold = folded(*small_run()[:60])
    assert picture(fold) == fold.snapshot()


def test_once_it_is_done_a_screen_shows_the_summarys_figures_in_place_of_the_last_seconds():
    fold = folded(*small_run())
    shown, summary = picture(fold).on_screen.sample, summarise(fold)
    assert shown.tok_s == summary.output_throughput
    assert (shown.ttft_ms.p50, shown.ttft_ms.p99) == (summary.median_ttft_ms, summary.p99_ttft_ms)
    assert (shown.itl_ms.p50, shown.itl_ms.p95) == (summary.median_itl_ms, summary.p95_itl_ms)
    assert (shown.agents, shown.in_flight) == (summary.agents_peak, summary.max_concurrent_requests)
    assert picture(fold).whole.duration == summary.duration


def test_what_is_recorded_at_the_end_stays_what_was_measured_then():
    fold = folded(*small_run())
    assert picture(fold).sample == fold.snapshot().sample


def test_finished_agents_are_done_and_those_that_failed_or_left_stay_so():
    states = (AgentState.THINKING, AgentState.GENERATING, AgentState.FAILED, AgentState.GONE)
    run = [Phase(t=0, name="ramp"), pulse(1, 5, cells=tuple(enumerate(map(int, states)))), Phase(t=2, name="done")]
    done = AgentState.DONE
    assert list(picture(folded(*run)).cells) == [done, done, AgentState.FAILED, AgentState.GONE]


def test_the_gpus_and_the_engine_are_shown_as_they_were_under_load():
    run = [
        Phase(t=0, name="ramp"),
        gpu(1, 90, 600),
        gpu(2, 100, 700),
        Engine(t=2, reading=EngineReading(running=96, kv_usage=0.8)),
        pulse(3, 100),
        Phase(t=4, name="drain"),
        gpu(5, 0, 80),
        Engine(t=5, reading=EngineReading(running=0, kv_usage=0.0)),
        Phase(t=6, name="done"),
    ]
    shown = picture(folded(*run)).on_screen.sample
    assert (shown.gpus[0].util, shown.gpus[0].power_w) == (pytest.approx(95), pytest.approx(650))
    assert (shown.engine.running, shown.engine.kv_usage) == (96, 0.8)


def test_a_run_without_a_single_reply_has_an_end_too():
    shown = picture(folded(Phase(t=0, name="ramp"), failure(1), Phase(t=2, name="done")))
    assert shown.whole.sample.tok_s == 0
    assert shown.whole.sample.ttft_ms.p50 is None
    assert msgspec.json.encode(shown)
