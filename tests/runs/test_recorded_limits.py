"""What limited two runs that were recorded on two H200s, before activity and the engine's CPU were in the record.

vLLM 0.24.0, tp=2: 50 agents of 2,000 tokens; llama.cpp of October 2026, sm=layer and np=1: 2 to 8 agents of 256 tokens.
Both are of the Llama-3.1-8B shape, random weights, 16 bits.
"""

import gzip
from pathlib import Path

import msgspec
import pytest
from happenings import ABOUT

from stress.capacity import work_of
from stress.events import from_line
from stress.fold import Fold
from stress.limits.judge import Judge
from stress.models.shapes import find_shape

DATA = Path(__file__).parent.parent / "data"
WORK = work_of(find_shape("llama-3.1-8b"), "bf16")


def judged(run: str, **about) -> Judge:
    fold = Fold(msgspec.structs.replace(ABOUT, **about))
    for line in gzip.decompress((DATA / run / "events.jsonl.gz").read_bytes()).splitlines():
        fold.apply(from_line(line))
    return fold.instruments.judge


VLLM, LAYER = "h200-vllm-tp2-burst", "h200-llama-layer-np1"


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
    judge = judged(LAYER, slots=1)
    assert judge.summary().shares == {"slots": 1.0}
    assert judge.summary().evidence == ("1 running in 1 slot", "7 waiting")
    assert "one_gpu_at_a_time" in judge.verdict.also


def test_a_server_that_does_not_tell_its_slots_is_seen_to_use_one_gpu_at_a_time():
    limit = judged(LAYER).summary()
    assert limit.name == "one_gpu_at_a_time"
    assert limit.evidence[0] == "2 GPUs add up to 89 % of one"
