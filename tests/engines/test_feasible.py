import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.engines.adapter import EngineSpec
from stress.engines.feasible import ModelFacts, impossible
from stress.engines.llama_cpp import LlamaCpp
from stress.engines.vllm import Vllm
from stress.errors import NoServerError, UsageError
from stress.telemetry.machine_gpu import MachineGpu

GIB = 2**30


def machine(number, mem_total=80 * GIB):
    return [MachineGpu(index, "NVIDIA H100", f"GPU-{index}", mem_total) for index in range(number)]


def said(*, gpus=None, model=None, adapter=None, named=(), **keys):
    adapter = adapter or Vllm()
    spec = EngineSpec(name=adapter.name, model="m", gpus=named, **keys)
    return impossible(adapter, spec, model or ModelFacts(), gpus)


def test_nothing_is_said_of_what_can_work():
    llama_8b = ModelFacts(heads=32, weight_bytes=16 * GIB)
    assert said(gpus=machine(2), model=llama_8b, tp=2) is None
    assert said(gpus=machine(1), model=llama_8b) is None
    assert said(gpus=machine(4), model=llama_8b, tp=2, pp=2) is None
    assert said(gpus=machine(4), model=llama_8b, tp=2, named=(2, 3)) is None


def test_a_size_that_does_not_divide_the_heads_is_refused_with_the_choices():
    error = said(gpus=machine(8), model=ModelFacts(heads=28), tp=8)
    assert isinstance(error, UsageError)
    assert str(error) == "tp=8 does not divide the model's 28 attention heads; choose one of 1, 2, 4, 7, 14."


def test_an_engine_that_splits_heads_unevenly_is_not_held_to_it():
    assert said(gpus=machine(8), model=ModelFacts(heads=28), tp=8, adapter=LlamaCpp()) is None


@given(heads=st.integers(1, 256), tp=st.integers(1, 256))
def test_a_tp_is_refused_for_its_heads_exactly_if_it_does_not_divide_them_and_every_choice_does(heads, tp):
    error = said(gpus=None, model=ModelFacts(heads=heads), tp=tp)
    assert (error is None) == (heads % tp == 0)
    if error:
        choices = str(error).partition("one of ")[2].rstrip(".").split(", ")
        assert choices
        assert all(heads % int(choice) == 0 for choice in choices)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"tp": 4}, "tp=4 needs 4 GPUs, but this machine has 2 (NVIDIA H100); use fewer."),
        ({"tp": 2, "pp": 2}, "tp=2 × pp=2 needs 4 GPUs, but this machine has 2 (NVIDIA H100); use fewer."),
        ({"pp": 3}, "tp=1 × pp=3 needs 3 GPUs, but this machine has 2 (NVIDIA H100); use fewer."),
        ({"tp": 2, "named": (1,)}, "tp=2 needs 2 GPUs, but gpus= names 1; use fewer."),
        ({"named": (0, 2)}, "gpus=0+2 names GPU 2, but this machine has 2 (NVIDIA H100)."),
    ],
)
def test_more_gpus_than_there_are_is_refused(keys, words):
    error = said(gpus=machine(2), **keys)
    assert isinstance(error, UsageError)
    assert str(error) == words


@given(tp=st.integers(1, 16), pp=st.none() | st.integers(1, 4), number=st.integers(1, 16))
def test_gpus_suffice_exactly_if_there_is_one_for_every_part(tp, pp, number):
    error = said(gpus=machine(number), tp=tp, pp=pp)
    assert (error is None) == (tp * (pp or 1) <= number)


def test_where_nvml_shows_no_gpu_the_engine_itself_decides_unless_several_are_asked_for():
    assert said(gpus=[]) is None
    assert said(gpus=[], model=ModelFacts(weight_bytes=900 * GIB)) is None
    assert "none that NVML can see" in str(said(gpus=[], tp=2))
    assert "names GPU 0, but this machine has none that NVML can see" in str(said(gpus=[], named=(0,)))


def test_weights_that_do_not_fit_are_no_server_with_both_sizes():
    error = said(gpus=machine(4), model=ModelFacts(heads=64, weight_bytes=140 * GIB))
    assert isinstance(error, NoServerError)
    assert str(error) == (
        "The weights of m take 140 GiB, but 1 × NVIDIA H100 have 80 GiB together; "
        "use more GPUs, or a smaller or quantised model."
    )
    assert said(gpus=machine(4), model=ModelFacts(heads=64, weight_bytes=140 * GIB), tp=2) is None


def test_weights_that_are_partly_kept_out_of_the_gpus_may_be_larger():
    large = ModelFacts(heads=64, weight_bytes=140 * GIB)
    assert said(gpus=machine(1), model=large, flags={"cpu-offload-gb": "80"}) is None
    assert said(gpus=machine(1), model=large, flags={"ngl": "20"}, adapter=LlamaCpp()) is None
    assert said(gpus=machine(1), model=large, flags={"ngl": "20"}) is not None


def test_an_engine_that_spreads_by_itself_has_the_memory_of_all_it_sees():
    weights = ModelFacts(weight_bytes=140 * GIB)
    assert said(gpus=machine(2), model=weights, adapter=LlamaCpp()) is None
    assert isinstance(said(gpus=machine(1), model=weights, adapter=LlamaCpp()), NoServerError)


def test_only_the_named_gpus_memory_counts():
    gpus = [*machine(1, 10 * GIB), *machine(1, 80 * GIB)]
    weights = ModelFacts(weight_bytes=16 * GIB)
    assert impossible(Vllm(), EngineSpec(name="vllm", model="m", gpus=(1,)), weights, gpus) is None
    assert impossible(Vllm(), EngineSpec(name="vllm", model="m", gpus=(0,)), weights, gpus)


def test_memory_that_cannot_be_read_is_no_reason_to_refuse():
    assert said(gpus=machine(1, None), model=ModelFacts(weight_bytes=900 * GIB)) is None


def test_an_engine_that_uses_no_gpu_is_not_asked_for_any():
    assert said(gpus=None, model=ModelFacts(heads=64, weight_bytes=900 * GIB), tp=4) is None


@given(weights=st.integers(1, 2000 * GIB), tp=st.sampled_from([1, 2, 4, 8]), memory=st.integers(1, 200 * GIB))
def test_weights_fit_exactly_if_the_gpus_in_use_hold_them(weights, tp, memory):
    error = said(gpus=machine(8, memory), model=ModelFacts(heads=64, weight_bytes=weights), tp=tp)
    assert (error is None) == (math.ceil(weights / tp) <= memory)
