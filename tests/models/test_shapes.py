import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.errors import UsageError
from stress.models.shapes import LLAMA, NAMED, Shape, find_shape, read_shape


@pytest.mark.parametrize(
    ("name", "parameters", "active"),
    [
        ("llama-3.2-1b", 1_235_814_400, 1_235_814_400),
        ("llama-3.1-8b", 8_030_261_248, 8_030_261_248),
        ("llama-3.1-70b", 70_553_706_496, 70_553_706_496),
        ("qwen3-8b", 8_190_735_360, 8_190_735_360),
        ("qwen3-32b", 32_762_123_264, 32_762_123_264),
        ("qwen3-30b-a3b", 30_532_122_624, 3_353_032_704),
    ],
)
def test_known_shapes_have_as_many_parameters_as_their_makers_files(name, parameters, active):
    shape = find_shape(name)
    assert (shape.parameters, shape.active_parameters) == (parameters, active)


def test_a_token_of_llama_8b_takes_128_kib_of_kv_cache():
    assert find_shape("llama-3.1-8b").kv_bytes() == 128 * 1024
    assert find_shape("llama-3.1-8b").kv_bytes(1) == 64 * 1024


def test_a_config_file_and_its_directory_are_the_same_shape(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(NAMED["qwen3-8b"]))
    shape = find_shape(str(tmp_path))
    assert shape == find_shape(str(tmp_path / "config.json"))
    assert shape.parameters == find_shape("qwen3-8b").parameters
    assert shape.name == tmp_path.name


def test_of_a_model_with_a_vision_part_the_language_model_counts(tmp_path):
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"model_type": "seer", "text_config": NAMED["llama-3.1-8b"]}))
    assert read_shape(config).heads == 32
    assert read_shape(config).model_type == "llama"


def test_what_a_config_leaves_out_follows_from_the_rest():
    sizes = {"hidden_size": 512, "num_hidden_layers": 2, "num_attention_heads": 8, "vocab_size": 5000}
    shape = Shape("old", {"model_type": "gpt", **sizes})
    assert (shape.kv_heads, shape.head_dim, shape.feed_forward, shape.experts) == (8, 64, 2048, 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [("no json", "is not JSON"), ("[1]", "not a JSON object"), ('{"hidden_size": 8}', "has no num_")],
)
def test_what_is_no_config_is_said_in_a_sentence(tmp_path, text, said):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(UsageError, match=said) as error:
        find_shape(str(tmp_path))
    assert str(error.value).endswith(".")


def test_an_unknown_shape_is_told_the_known_ones():
    with pytest.raises(UsageError, match=r"llama-3\.1-8b.*config\.json"):
        find_shape("llama-9")


@given(
    layers=st.integers(1, 100),
    heads=st.sampled_from([8, 16, 32, 64]),
    kv_heads=st.sampled_from([1, 2, 4, 8]),
    feed=st.integers(1, 40000),
)
def test_more_of_anything_is_more_parameters(layers, heads, kv_heads, feed):
    sizes = {
        "hidden_size": heads * 128,
        "intermediate_size": feed,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
    }
    shape = Shape("some", LLAMA | sizes)
    for name, more in (("num_hidden_layers", layers + 1), ("intermediate_size", feed + 1), ("vocab_size", 200_000)):
        assert Shape("more", shape.config | {name: more}).parameters > shape.parameters
    assert Shape("tied", shape.config | {"tie_word_embeddings": True}).parameters < shape.parameters


def test_the_base_of_positions_is_read_where_old_and_new_configs_hold_it():
    new = {key: value for key, value in LLAMA.items() if key != "rope_theta"}
    assert Shape("old", LLAMA).rope_theta == 500000.0
    assert Shape("new", new | {"rope_parameters": {"rope_type": "default", "rope_theta": 5e5}}).rope_theta == 500000.0
    assert Shape("none", new).rope_theta == 10000.0
