import itertools
import json
import shutil
from types import SimpleNamespace

import gguf
import numpy as np
import pytest
from fixtures_engine import post

from stress.errors import StressError, UsageError
from stress.models.build import Wish, build, needed_bytes
from stress.models.random_values import PIECE, SPREAD, random_pieces, size_in_bytes
from stress.models.shapes import NAMED, Shape, find_shape
from stress.models.tensors import tensors
from stress.scenario.library import corpus

TINY = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "head_dim": 32, "vocab_size": 4096}
HEADS = {"num_attention_heads": 2, "num_key_value_heads": 1}
FAMILIES = {
    "llama": NAMED["llama-3.1-8b"] | TINY | HEADS,
    "qwen2": NAMED["llama-3.1-8b"] | TINY | HEADS | {"model_type": "qwen2"},
    "qwen3": NAMED["qwen3-8b"] | TINY | HEADS,
    "qwen3_moe": NAMED["qwen3-30b-a3b"]
    | TINY
    | HEADS
    | {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32},
    "mixtral": NAMED["llama-3.1-8b"]
    | TINY
    | HEADS
    | {"model_type": "mixtral", "num_local_experts": 4, "num_experts_per_tok": 2},
}


def wish(out, shape=None, **more):
    fields = {"hf": True, "weights": False, "quant": None} | more
    return Wish(shape=shape or find_shape("micro"), out=out, **fields)


def make(out, shape=None, **more):
    wanted = wish(out, shape, **more)
    build(wanted, corpus(), lambda _: None)
    return wanted


def test_a_directory_without_weights_has_what_dummy_loading_reads(tmp_path):
    make(tmp_path / "m")
    names = {file.name for file in (tmp_path / "m").iterdir()}
    assert names == {"config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"}
    config = json.loads((tmp_path / "m" / "config.json").read_text())
    assert "random" in config["_name_or_path"]
    tokens = json.loads((tmp_path / "m" / "tokenizer.json").read_text())
    ids = {token["content"]: token["id"] for token in tokens["added_tokens"]}
    assert config["eos_token_id"] == ids["<|eot_id|>"] == config["vocab_size"] - 1


def header_of(path):
    with path.open("rb") as file:
        return json.loads(file.read(int.from_bytes(file.read(8), "little")))


def test_weights_are_whole_safetensors_of_every_tensor(tmp_path):
    make(tmp_path, weights=True)
    path = tmp_path / "model.safetensors"
    header = header_of(path)
    header.pop("__metadata__")
    ends = sorted(entry["data_offsets"] for entry in header.values())
    assert all(end == begin for (_, end), (begin, _) in itertools.pairwise(ends))
    assert path.stat().st_size % 8 == ends[-1][1] % 8
    assert ends[-1][1] == 2 * find_shape("micro").parameters
    assert set(header) == {name for tensor in tensors(find_shape("micro")) for name in tensor.names}


def test_large_weights_are_several_files_and_an_index(tmp_path, monkeypatch):
    monkeypatch.setattr("stress.models.hf_directory.SHARD", 2_000_000)
    make(tmp_path, weights=True)
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text())
    files = {file.name for file in tmp_path.glob("*.safetensors")}
    assert len(files) > 2
    assert set(index["weight_map"].values()) == files
    for name in files:
        assert {key for key, file in index["weight_map"].items() if file == name} == set(header_of(tmp_path / name)) - {
            "__metadata__"
        }


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("quant", ["f16", "q8_0", "q4_0"])
def test_llama_cpp_answers_from_a_gguf_of_each_family_and_precision(tmp_path, serve_gguf, family, quant):
    wanted = make(tmp_path, Shape(family, FAMILIES[family]), hf=False, quant=quant)
    url = serve_gguf(wanted.gguf)
    answer = post(f"{url}/v1/chat/completions", {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 8})
    assert answer["usage"]["completion_tokens"] >= 1


def test_a_gguf_holds_every_parameter_and_is_as_large_as_said(tmp_path):
    wanted = make(tmp_path, hf=False, quant="q8_0")
    reader = gguf.GGUFReader(wanted.gguf)
    assert sum(int(np.prod(tensor.shape)) for tensor in reader.tensors) == wanted.shape.parameters
    assert 0 < wanted.gguf.stat().st_size - needed_bytes(wanted) < 1_000_000


@pytest.mark.parametrize("form", ["f16", "f32", "q8_0", "q4_0"])
def test_weights_have_the_spread_that_models_are_initialised_with(form):
    raw = np.frombuffer(b"".join(random_pieces(1 << 18, form, np.random.default_rng(1))), np.uint8)
    kind = {"f16": 1, "f32": 0, "q8_0": 8, "q4_0": 2}[form]
    values = (
        gguf.dequantize(raw, gguf.GGMLQuantizationType(kind))
        if form.startswith("q")
        else raw.view(f"<{form[0]}{int(form[1:]) // 8}")
    )
    assert np.isfinite(values).all()
    assert float(np.std(values)) == pytest.approx(SPREAD, rel=0.03)


@pytest.mark.parametrize("form", ["f16", "f32", "q8_0", "q4_0"])
def test_weights_average_zero_so_that_no_direction_outgrows_the_others(form):
    raw = np.frombuffer(b"".join(random_pieces(1 << 20, form, np.random.default_rng(1))), np.uint8)
    kind = {"f16": 1, "f32": 0, "q8_0": 8, "q4_0": 2}[form]
    values = (
        gguf.dequantize(raw, gguf.GGMLQuantizationType(kind))
        if form.startswith("q")
        else raw.view(f"<{form[0]}{int(form[1:]) // 8}")
    )
    assert abs(float(np.mean(values, dtype=np.float64))) < 0.01 * SPREAD


def test_the_same_seed_makes_the_same_weights_and_another_others(tmp_path):
    one, again, other = (
        make(tmp_path / name, hf=False, quant="q4_0", seed=seed) for name, seed in (("1", 7), ("2", 7), ("3", 8))
    )
    assert one.gguf.read_bytes() == again.gguf.read_bytes() != other.gguf.read_bytes()


def test_values_are_made_a_piece_at_a_time_whatever_their_number():
    pieces = random_pieces(3 * PIECE + 64, "q4_0", np.random.default_rng(1))
    sizes = [len(piece) for piece in pieces]
    assert max(sizes) == size_in_bytes(PIECE, "q4_0")
    assert sum(sizes) == size_in_bytes(3 * PIECE + 64, "q4_0")


def test_a_disk_without_room_is_said_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1 << 30))
    with pytest.raises(StressError, match=r"llama-3.1-8b needs .*GiB.*1\.0 GiB are free"):
        make(tmp_path / "m", find_shape("llama-3.1-8b"), hf=False, quant="f16")
    assert not (tmp_path / "m").exists()


def test_an_interruption_leaves_nothing_half_made(tmp_path):
    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(wish(tmp_path, hf=False, quant="f16"), corpus(), interrupt)
    assert list(tmp_path.iterdir()) == []


def test_a_kind_of_model_that_is_not_known_can_still_be_a_directory_for_dummy_loading(tmp_path):
    shape = Shape("strange", FAMILIES["llama"] | {"model_type": "strange"})
    make(tmp_path / "m", shape)
    with pytest.raises(UsageError, match=r"'strange'.*llama, mistral"):
        make(tmp_path / "n", shape, quant="f16")


def test_blocks_that_a_width_does_not_fill_are_refused_with_what_to_do(tmp_path):
    shape = Shape("odd", FAMILIES["llama"] | {"intermediate_size": 90})
    with pytest.raises(UsageError, match="90 is not a multiple of 32; use --quant f16"):
        make(tmp_path, shape, hf=False, quant="q4_0")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model-00001-of-00002.safetensors"])
def test_a_model_that_is_there_is_not_overwritten(tmp_path, name):
    (tmp_path / name).write_text("fetched for hours")
    with pytest.raises(UsageError, match=rf"{name} already exists; choose"):
        make(tmp_path)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {name: "fetched for hours"}


def test_a_gguf_that_is_there_is_not_overwritten(tmp_path):
    wanted = wish(tmp_path, hf=False, quant="q4_0")
    wanted.gguf.write_bytes(b"fetched for hours")
    with pytest.raises(UsageError, match=r"micro-q4_0\.gguf already exists"):
        build(wanted, corpus(), lambda _: None)
    assert wanted.gguf.read_bytes() == b"fetched for hours"
