import pytest

from stress.errors import UsageError
from stress.limits.capacity import decode_cost_of, decode_cost_of_file, fits
from stress.limits.chips import find_chip
from stress.models.build import Wish, build
from stress.models.gguf_shape import is_gguf, read_gguf_shape
from stress.models.shapes import LLAMA, NAMED, Shape
from stress.scenario.library import corpus

MOE = NAMED["qwen3-30b-a3b"] | {
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "vocab_size": 4096,
    "intermediate_size": 64,
    "moe_intermediate_size": 64,
    "num_experts": 4,
    "num_experts_per_tok": 2,
}
DENSE = LLAMA | NAMED["micro"] | {"hidden_size": 64, "num_attention_heads": 2, "num_key_value_heads": 1}


def written(tmp_path, config, quant="f16"):
    wish = Wish(shape=Shape("small", config), out=tmp_path, hf=False, weights=False, quant=quant, seed=0)
    build(wish, corpus(), lambda _: None)
    return wish.shape, wish.gguf


@pytest.mark.parametrize("config", [DENSE, DENSE | {"tie_word_embeddings": True}, MOE])
def test_a_file_has_the_shape_it_was_made_of(tmp_path, config):
    shape, path = written(tmp_path, config)
    read = read_gguf_shape(path)
    for name in ("layers", "hidden", "heads", "kv_heads", "head_dim", "feed_forward", "experts", "experts_used"):
        assert getattr(read.shape, name) == getattr(shape, name), name
    assert (read.shape.vocabulary, read.shape.tied, read.file_type) == (shape.vocabulary, shape.tied, "f16")
    assert read.values == shape.parameters


def test_the_work_of_a_16_bit_file_is_that_of_its_shape_but_for_vectors_in_single_precision(tmp_path):
    shape, path = written(tmp_path, MOE)
    file, plain = decode_cost_of_file(read_gguf_shape(path)), decode_cost_of(shape, "fp16")
    assert file.kv_bytes == plain.kv_bytes
    assert file.expert_bytes == plain.expert_bytes
    assert file.weight_bytes == pytest.approx(plain.weight_bytes, rel=0.02)
    assert file.step_bytes == pytest.approx(plain.step_bytes, rel=0.02)
    assert file.token_flops == pytest.approx(plain.token_flops)


def test_a_quantised_files_bytes_are_its_own(tmp_path):
    _, path = written(tmp_path, DENSE, "q8_0")
    read = read_gguf_shape(path)
    assert 34 / 32 <= read.weight_bytes / read.values < 1.1
    assert read.weight_bytes < path.stat().st_size
    assert fits(read.shape, decode_cost_of_file(read), find_chip("t4"), 1, 4096).fits


def test_what_is_no_gguf_is_said(tmp_path):
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF\x03\x00\x00\x00")
    assert is_gguf(path)
    with pytest.raises(UsageError, match="not a complete GGUF"):
        read_gguf_shape(path)
    assert not is_gguf(tmp_path)
