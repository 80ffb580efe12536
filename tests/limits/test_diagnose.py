"""The measured rows are those of two H200s that the verdicts were asked for from (8B shape, 70B where it says so)."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.limits.diagnose import RULES, diagnose
from stress.limits.evidence import Evidence, GpuLoad
from stress.readings import TITLES, ClientReading, RooflineReading


def gpus(util: float, count: int = 2, **fields) -> GpuLoad:
    return GpuLoad(**{"count": count, "util": util, "util_sum": util * count, "util_max": util} | fields)


def roofline(memory: float | None, compute: float | None) -> RooflineReading:
    shares = {"memory_share": memory, "compute_share": compute}
    return RooflineReading(tok_s=9.0, share=0.5, bound="memory", batch=1.0, context=1.0, **shares)


def evidence(**fields) -> Evidence:
    return Evidence(**{"agents": 200.0, "in_flight": 200.0, "running": 200.0, "waiting": 0.0} | fields)


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("few_agents", evidence(agents=1, in_flight=1, running=1, gpus=gpus(99, sm=46, tensor=2, dram=44))),
        ("gpu_memory_bandwidth", evidence(in_flight=50, running=50, gpus=gpus(100, sm=64, tensor=15, dram=51))),
        ("engine_cpu", evidence(gpus=gpus(72, sm=53, tensor=18, dram=35), engine_cpu=1.0)),
        ("gpu_memory_bandwidth", evidence(gpus=gpus(99, 1, sm=85, tensor=40, dram=59))),
        ("slots", evidence(running=1, waiting=49, slots=1, gpus=gpus(37, sm=34, tensor=2, dram=23), engine_cpu=1.0)),
        ("engine_cpu", evidence(running=50, slots=50, gpus=gpus(8, sm=6, tensor=2, dram=4), engine_cpu=1.1)),
        (
            "engine_cpu",
            evidence(running=50, waiting=150, slots=50, gpus=gpus(8, sm=6, tensor=2, dram=4), engine_cpu=1.1),
        ),
        ("engine_cpu", evidence(running=50, slots=50, gpus=gpus(39, 1, sm=20, tensor=5, dram=13), engine_cpu=1.0)),
        ("gpu_compute", evidence(gpus=gpus(100, sm=82, tensor=60, dram=46))),  # 70B
        ("gpu_memory_bandwidth", evidence(in_flight=50, running=50, gpus=gpus(100, sm=74, tensor=19, dram=66))),  # 70B
    ],
)
def test_the_measured_runs_of_the_issue_are_judged_as_it_says(name, seen):
    assert diagnose(seen).name == name


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("client", evidence(client_limited=0.8, client=ClientReading(cpu=0.97, loop_lag_ms=14.0))),
        ("client", evidence(client_limited=0.8, client=ClientReading(cpu=0.97), gpus=None, engine_cpu=1.5)),
        ("client", evidence(client_limited=0.8, client=ClientReading(cpu=0.1, loop_lag_ms=14.0), gpus=gpus(60))),
        ("kv_cache", evidence(waiting=30, kv_usage=0.99, gpus=gpus(95))),
        ("kv_cache", evidence(waiting=0, kv_usage=0.9, preemptions=4, gpus=gpus(95))),
        ("slots", evidence(running=64, waiting=136, slots=64, gpus=gpus(60), engine_cpu=0.4)),
        ("one_gpu_at_a_time", evidence(agents=16, in_flight=16, running=16, slots=16, gpus=gpus(45, sm=40))),
        ("one_gpu_at_a_time", evidence(gpus=gpus(16, 6), engine_cpu=1.0)),
        ("power_cap", evidence(gpus=gpus(99, power=100.0, clock=71.0, slowdowns={"power_cap": 0.9}))),
        ("power_cap", evidence(gpus=gpus(99, clock=71.0, slowdowns={"power_brake": 1.0}))),
        ("thermal_cap", evidence(gpus=gpus(99, clock=60.0, slowdowns={"thermal": 1.0}))),
        ("network", evidence(remote=True, running=120.0, gpus=gpus(70))),
        ("few_agents", evidence(in_flight=60, running=60, gpus=gpus(40))),
        ("few_agents", evidence(growth=1.9, gpus=gpus(99))),
        ("gpu_memory_bandwidth", evidence(growth=1.9, gpus=gpus(99, sm=70, tensor=20, dram=60))),
        ("network", evidence(remote=True, running=5.0, gpus=gpus(70))),
        ("engine_cpu", evidence(running=5.0, gpus=gpus(20), engine_cpu=1.0, tp=2)),
        ("engine_cpu", evidence(gpus=gpus(0), engine_cpu=1.1, client_limited=0.9, client=ClientReading(cpu=0.1))),
        ("unknown", evidence(gpus=None, gpus_silent=True, engine_cpu=1.0)),
        ("no_tokens", evidence(silent=True, gpus=gpus(100, sm=38), engine_cpu=1.0)),  # llama.cpp on an H200, hung
        ("failures", evidence(failures=9, replies=3, gpus=gpus(99))),
        ("engine_cpu", evidence(gpus=None, engine_cpu=1.0)),
        ("engine_cpu", evidence(gpus=None, engine_cpu=0.7, engine_share=0.94)),
        ("engine_cpu", evidence(gpus=None, engine_cpu=1.0, growth=1.9)),
        ("engine_cpu", evidence(agents=2, in_flight=2, running=2, gpus=None, engine_cpu=1.0)),
        ("few_agents", evidence(agents=2, in_flight=2, running=2, gpus=gpus(60), engine_cpu=1.0)),
        ("gpu", evidence(gpus=gpus(99))),
        ("gpu_memory_bandwidth", evidence(gpus=gpus(99), roofline=roofline(0.6, 0.2))),
        ("gpu_compute", evidence(gpus=gpus(99), roofline=roofline(0.2, 0.5))),
        ("gpu", evidence(gpus=gpus(99), roofline=roofline(0.1, 0.1))),
        ("unknown", evidence(gpus=gpus(70), engine_cpu=0.3)),
        ("unknown", evidence(running=None, waiting=None)),
    ],
)
def test_each_limit_is_named_from_its_evidence(name, seen):
    assert diagnose(seen).name == name


@pytest.mark.parametrize(
    ("not_this", "seen"),
    [
        ("client", evidence(client_limited=0.3)),
        ("client", evidence(client_limited=0.9, client=ClientReading(cpu=0.1), gpus=None, engine_cpu=1.8)),
        ("kv_cache", evidence(waiting=0, kv_usage=0.99)),
        ("kv_cache", evidence(waiting=5, kv_usage=0.5)),
        ("slots", evidence(running=40, waiting=3, slots=64)),
        ("one_gpu_at_a_time", evidence(gpus=gpus(45, nvlink_mib_s=5000.0))),
        ("one_gpu_at_a_time", evidence(gpus=gpus(45, pcie_mib_s=5000.0))),
        ("one_gpu_at_a_time", evidence(gpus=gpus(45), tp=2)),
        ("one_gpu_at_a_time", evidence(gpus=gpus(80, 1))),
        ("one_gpu_at_a_time", evidence(gpus=GpuLoad(count=2, util=35, util_sum=70, util_max=70, util_min=0))),
        ("one_gpu_at_a_time", evidence(gpus=GpuLoad(count=2, util=50.0, util_sum=100.0, util_max=98.0))),
        ("power_cap", evidence(gpus=gpus(99, clock=99.5, slowdowns={"power_cap": 1.0}))),
        ("power_cap", evidence(gpus=gpus(99, clock=70.0, slowdowns={"power_cap": 0.2}))),
        ("network", evidence(remote=False, running=120.0)),
        ("network", evidence(remote=True, running=190.0)),
        ("engine_cpu", evidence(gpus=gpus(98), engine_cpu=1.0)),
        ("engine_cpu", evidence(gpus=gpus(50), engine_cpu=0.7, engine_share=0.3)),
        ("engine_cpu", evidence(gpus=GpuLoad(count=1), engine_cpu=1.0)),
    ],
)
def test_evidence_that_does_not_suffice_names_nothing(not_this, seen):
    verdict = diagnose(seen)
    assert verdict.name != not_this
    assert not_this not in verdict.also


def test_the_verdict_shows_the_figures_it_follows_from_and_what_comes_next():
    seen = evidence(running=50, waiting=150, slots=50, gpus=gpus(8, sm=6, tensor=2, dram=4), engine_cpu=1.07)
    verdict = diagnose(seen)
    assert verdict.evidence == (
        "its busiest process uses 107 % of a core",
        "GPU util 8 %",
        "SM 6 %",
        "tensor 2 %",
        "DRAM 4 %",
    )
    assert verdict.also == ("slots",)
    assert verdict.title == "the engine's CPU"


def test_every_rule_has_a_title_and_every_verdict_but_unknown_a_rule():
    assert {name for name, _ in RULES} == set(TITLES) - {"unknown", "failures"}


maybe = st.none() | st.floats(0, 200, allow_nan=False)
loads = st.none() | st.builds(
    GpuLoad,
    count=st.integers(1, 14),
    util=maybe,
    util_sum=maybe,
    util_max=maybe,
    sm=maybe,
    tensor=maybe,
    dram=maybe,
    power=maybe,
    clock=maybe,
    nvlink_mib_s=maybe,
    slowdowns=st.dictionaries(st.sampled_from(["power_cap", "thermal", "hardware", "power_brake"]), st.floats(0, 1)),
)


evidences = st.builds(
    Evidence,
    agents=st.floats(0, 1e4),
    in_flight=st.floats(0, 1e4),
    gpus=loads,
    running=maybe,
    waiting=maybe,
    kv_usage=maybe,
    slots=st.none() | st.integers(1, 256),
    engine_cpu=maybe,
    engine_share=maybe,
    remote=st.booleans(),
    gpus_silent=st.booleans(),
    replies=st.integers(0, 9),
    failures=st.integers(0, 9),
    growth=maybe,
    roofline=st.none() | st.builds(roofline, maybe, maybe),
)


@given(evidences)
def test_whatever_is_missing_there_is_one_verdict_with_figures(seen):
    verdict = diagnose(seen)
    assert verdict.evidence
    assert verdict.name not in verdict.also
    assert msgspec.json.decode(msgspec.json.encode(verdict), type=type(verdict)) == verdict
