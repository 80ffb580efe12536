import json

import pytest

from stress.limits.capacity import decode_cost_of
from stress.limits.decode_cost import decode_cost_of_model
from stress.models.known import shape_in_name
from stress.models.shapes import NAMED, find_shape

SHAPE = find_shape("llama-3.1-8b")


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b"),
        ("meta-llama/Meta-Llama-3.1-70B", "llama-3.1-70b"),
        ("/models/Qwen3-32B/", "qwen3-32b"),
        ("Qwen/Qwen3-30B-A3B-Instruct-2507", "qwen3-30b-a3b"),
        ("llama-3.1-8b", "llama-3.1-8b"),
        ("hugging-quants/Meta-Llama-3.1-8B-Instruct-AWQ-INT4", None),
        ("neuralmagic/Meta-Llama-3.1-8B-Instruct-FP8", None),
        ("gpt-oss-20b", None),
        ("", None),
    ],
)
def test_a_name_tells_a_known_shape_only_where_nothing_else_is_in_it(name, shape):
    assert shape_in_name(name) == shape


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(NAMED["llama-3.1-8b"]))
    return tmp_path


def test_a_model_on_this_machine_is_known_by_its_config(directory):
    assert decode_cost_of_model(str(directory), {}, here=True) == decode_cost_of(SHAPE, "bf16")


def test_another_machines_paths_are_not_ours(directory):
    assert decode_cost_of_model(str(directory), {}, here=False) is None


@pytest.mark.parametrize(
    ("flags", "dtype", "kv"),
    [
        ({"quantization": "fp8"}, "fp8", None),
        ({"dtype": "bfloat16"}, "bf16", None),
        ({"dtype": "float32"}, "bf16", None),
        ({"dtype": "auto", "kv-cache-dtype": "auto"}, "bf16", None),
        ({"kv-cache-dtype": "fp8_e4m3"}, "bf16", "fp8"),
        ({"ctk": "q8_0"}, "bf16", "q8_0"),
        ({"ctv": "q4_0", "ctk": "q8_0"}, "bf16", "q4_0"),
        ({"kv_cache_dtype": "fp8"}, "bf16", "fp8"),
    ],
)
def test_what_the_engine_was_started_with_decides_the_precision(directory, flags, dtype, kv):
    assert decode_cost_of_model(str(directory), flags, here=True) == decode_cost_of(SHAPE, dtype, kv)


def test_files_that_are_quantised_stay_so_whatever_is_asked_for(directory):
    config = NAMED["llama-3.1-8b"] | {"quantization_config": {"quant_method": "fp8"}}
    (directory / "config.json").write_text(json.dumps(config))
    assert decode_cost_of_model(str(directory), {"dtype": "bfloat16"}, here=True) == decode_cost_of(SHAPE, "fp8")


@pytest.mark.parametrize(
    "flags",
    [
        {"quantization": "bitsandbytes"},
        {"kv-cache-dtype": "turboquant"},
        {"cache_mode": "Q4"},
        {"load-in-4bit": "true"},
    ],
)
def test_a_precision_that_is_not_counted_leaves_the_limit_unknown(directory, flags):
    assert decode_cost_of_model(str(directory), flags, here=True) is None


@pytest.mark.parametrize("model", [None, "", "gpt-5", "/no/such/model", "org/unheard-of"])
def test_of_a_model_that_nobody_knows_the_limit_is_unknown(model):
    assert decode_cost_of_model(model, {}, here=True) is None
