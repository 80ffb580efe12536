"""What limited runs that were recorded on H200s, of the Llama-3.1-8B shape, random weights, 16 bits.

Two GPUs, before activity and the engine's CPU were in the record: vLLM 0.24.0, tp=2, 50 agents of 2,000 tokens;
llama.cpp of October 2026, sm=layer and np=1, 2 to 8 agents of 256 tokens. One GPU, everything recorded, 256 tokens:
vLLM 0.24.0, 1 to 200 agents; llama.cpp, np=50 and bs (it samples on the GPU), 1 to 50 agents, and without bs, where its
GPU hung for a minute.
"""

import gzip
import itertools
from pathlib import Path

import msgspec
import pytest
from happenings import ABOUT

from stress.events import Gpu, from_line
from stress.fold.fold import Fold
from stress.limits.capacity import decode_cost_of
from stress.limits.tracker import BottleneckTracker
from stress.models.shapes import find_shape

DATA = Path(__file__).parent.parent / "data"
WORK = decode_cost_of(find_shape("llama-3.1-8b"), "bf16")


def events(run: str):
    return [from_line(line) for line in gzip.decompress((DATA / run / "events.jsonl.gz").read_bytes()).splitlines()]


def judged(run: str, **about) -> BottleneckTracker:
    fold = Fold(msgspec.structs.replace(ABOUT, **about))
    for event in events(run):
        fold.apply(event)
    return fold.hardware.bottleneck


VLLM, LAYER = "h200-vllm-tp2-burst", "h200-llama-layer-np1"
ONE_VLLM, ONE_LLAMA, HUNG = "h200-x1-vllm-tp1", "h200-x1-llama-np50-bs", "h200-x1-llama-np50-hung"


def test_fifty_replies_at_once_are_held_back_by_memory_bandwidth():
    limit = judged(VLLM, work=WORK, tp=2).summary()
    assert limit.name == "gpu_memory_bandwidth"
    assert limit.evidence[-1] == "GPU util 100 %"


def test_without_the_models_shape_only_that_the_gpus_are_busy_can_be_said():
    assert judged(VLLM, tp=2).summary().name == "gpu"


@pytest.mark.parametrize(("run", "about"), [(VLLM, {"tp": 2}), (LAYER, {"slots": 1})])
def test_no_second_of_a_real_run_exceeds_what_no_engine_can(run, about):
    shares = [second.roofline.share for second in judged(run, work=WORK, **about).judged if second.roofline]
    reached = [share for share in shares if share is not None]
    assert len(reached) >= 15
    assert max(reached) < 1
    assert max(reached) > 0.3


def test_one_slot_is_the_limit_of_the_layer_split_and_one_gpu_at_a_time_would_be_the_next():
    tracker = judged(LAYER, slots=1)
    assert tracker.summary().shares == {"slots": 1.0}
    assert tracker.summary().evidence == ("1 running in 1 slot", "7 waiting")
    assert "one_gpu_at_a_time" in tracker.verdict.also


def test_a_server_that_does_not_tell_its_slots_is_seen_to_use_one_gpu_at_a_time():
    limit = judged(LAYER).summary()
    assert limit.name == "one_gpu_at_a_time"
    assert limit.evidence[0] == "2 GPUs add up to 89 % of one GPU"


@pytest.mark.parametrize(
    ("run", "about", "name"),
    [
        (ONE_VLLM, {"tp": 1}, "power_cap"),
        (ONE_LLAMA, {"slots": 50}, "engine_cpu"),
        (HUNG, {"slots": 50}, "engine_cpu"),  # until it hung
    ],
)
def test_where_the_chip_tells_its_activity_the_limit_at_full_load_is_the_right_one(run, about, name):
    assert judged(run, work=WORK, **about).summary().name == name


def test_while_the_engine_hung_the_verdict_was_that_no_token_came():
    seen = Fold(msgspec.structs.replace(ABOUT, work=WORK, slots=50))
    names = set()
    for event in events(HUNG):
        seen.apply(event)
        if 25 < event.t < 75:
            names.add(seen.hardware.bottleneck.verdict.name)
    assert names == {"no_tokens"}


@pytest.mark.parametrize("run", [ONE_VLLM, ONE_LLAMA, HUNG])
def test_sampled_power_agrees_with_the_energy_counter_within_three_percent(run):
    readings = [(event.t, event.gpus[0]) for event in events(run) if isinstance(event, Gpu)]
    summed = sum((a.power_w + b.power_w) / 2 * (u - t) for (t, a), (u, b) in itertools.pairwise(readings))
    counted = readings[-1][1].energy_joules - readings[0][1].energy_joules
    assert counted > 10_000
    assert summed == pytest.approx(counted, rel=0.03)


@pytest.mark.parametrize("run", [ONE_VLLM, ONE_LLAMA, HUNG])
def test_the_record_holds_what_the_chip_says_of_its_activity(run):
    readings = [event.gpus[0] for event in events(run) if isinstance(event, Gpu)]
    for metric in ("sm", "occupancy", "tensor", "dram", "pcie_tx_mib_s", "util", "temp_c", "mem_temp_c"):
        known = [value for reading in readings if (value := getattr(reading, metric)) is not None]
        assert len(known) >= len(readings) - 1, metric
        assert max(known) > 0, metric
