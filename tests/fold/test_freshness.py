import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.events import Engine, Gpu, Host, Source
from stress.fold.hardware import Freshness
from stress.readings import STALE_S, EngineReading

GPU = Gpu(t=5.0, gpus=())
HOST = Host(t=5.0, cores=(1.0,), mem_used=1, mem_total=2)
ENGINE = Engine(t=5.0, reading=EngineReading())


@pytest.mark.parametrize(("event", "name"), [(GPU, "gpus"), (HOST, "host"), (ENGINE, "engine")])
def test_a_source_is_stale_once_it_has_been_silent_too_long(event, name):
    fresh = Freshness()
    fresh.add(event)
    assert fresh.stale(5.0 + STALE_S) == {}
    assert fresh.stale(5.1 + STALE_S) == {name: pytest.approx(STALE_S + 0.1)}


def test_a_hanging_sampler_is_found_out_within_three_seconds():
    assert STALE_S < 3


def test_a_source_that_was_announced_and_never_spoke_is_stale():
    fresh = Freshness()
    fresh.add(Source(t=1.0, name="gpus", origin="NVML"))
    assert fresh.stale(6.0) == {"gpus": 5.0}


def test_a_source_that_does_not_exist_after_all_is_not():
    fresh = Freshness()
    fresh.add(Source(t=1.0, name="gpus", origin="this machine's driver"))
    fresh.add(Source(t=1.5, name="gpus", origin=None))
    assert fresh.stale(60.0) == {}


def test_announcing_a_source_again_is_no_reading():
    fresh = Freshness()
    fresh.add(Source(t=1.0, name="gpus", origin="this machine's driver"))
    fresh.add(Source(t=3.0, name="gpus", origin="NVML"))
    assert fresh.stale(4.0) == {"gpus": 3.0}


@given(st.lists(st.floats(0, 100), min_size=1, max_size=20))
def test_a_source_is_fresh_right_after_it_spoke(times):
    fresh = Freshness()
    for t in sorted(times):
        fresh.add(Gpu(t=t, gpus=()))
        assert "gpus" not in fresh.stale(t)
