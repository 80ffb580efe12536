"""What people call a model, from its path, file or name on the hub."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.models.short_name import model_name, pretty, quantisation, shape_of_size


@pytest.mark.parametrize(
    ("model", "shape", "name"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", None, "Llama-3.1-8B-Instruct"),
        ("/tmp/m8b/llama-3.1-8b-f16.gguf", None, "Llama-3.1-8B"),
        ("/tmp/m8b", "llama-3.1-8b", "Llama-3.1-8B"),
        ("/tmp/m8b", None, "8B"),
        ("/tmp/x", None, "x"),
        ("/data/model.gguf", "qwen3-30b-a3b", "Qwen3-30B-A3B"),
        ("./Qwen3-8B-Q4_K_M.gguf", None, "Qwen3-8B"),
        ("big-UD-IQ2_XXS-00001-of-00003.gguf", None, "big"),
        ("/root/.cache/huggingface/hub/models--Qwen--Qwen3-8B/snapshots/0123abcd", None, "Qwen3-8B"),
        ("/srv/models/Mistral-7B-v0.3/", None, "Mistral-7B-v0.3"),
        ("llama3.1:8b", None, "llama3.1:8b"),
        ("micro", None, "micro"),
        ("", None, ""),
    ],
)
def test_a_model_is_called_by_its_short_name(model, shape, name):
    assert model_name([model], shape) == name


def test_the_first_name_that_says_something_counts():
    assert model_name([None, "/tmp/m8b", "org/Real-Name"], "llama-3.1-8b") == "Real-Name"


@given(st.lists(st.text(alphabet="ab/.\\~-8BgufQ4_K", max_size=20), max_size=3))
def test_a_models_name_is_never_a_path(models):
    assert "/" not in model_name(models)
    assert "\\" not in model_name(models)


def test_the_precision_is_read_off_a_files_name():
    assert [quantisation(file) for file in ("a-q4_k_m.gguf", "/b/c-F16.gguf", "plain.gguf")] == ["Q4_K_M", "F16", None]


def test_a_published_shape_is_known_by_its_size_and_written_as_its_makers_do():
    assert shape_of_size(8_030_261_248) == "llama-3.1-8b"
    assert shape_of_size(None) is None
    assert pretty("qwen3-30b-a3b") == "Qwen3-30B-A3B"
