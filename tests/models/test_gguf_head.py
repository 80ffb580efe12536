"""The head of a GGUF, against the library's own writer."""

from pathlib import Path

import gguf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stress.errors import UsageError
from stress.models.build import Wish, build
from stress.models.gguf_head import GgufHead, read_gguf_head
from stress.models.shapes import find_shape


def silent(_: int) -> None:
    pass


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A GGUF as `stress model make` writes it."""
    wish = Wish(shape=find_shape("micro"), out=tmp_path_factory.mktemp("made"), hf=False, weights=False, quant="f16")
    build(wish, "one two three", silent)
    assert wish.gguf
    return wish.gguf


def written(path: Path, *, name: str = "Somebody's model", kv_heads: int | list[int] = 2) -> Path:
    """A GGUF of somebody else's: keys as the converters of llama.cpp write them, tags and lists too."""
    writer = gguf.GGUFWriter(path, "qwen9")
    writer.add_name(name)
    writer.add_tags(["chat", "small"])
    writer.add_context_length(4096)
    writer.add_embedding_length(64)
    writer.add_block_count(3)
    writer.add_head_count(4)
    writer.add_head_count_kv(kv_heads)
    writer.add_token_list([f"t{number}" for number in range(1000)])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path


def test_a_model_of_ours_says_what_serving_it_takes(made):
    assert read_gguf_head(made) == GgufHead(context=8192, kv_bytes=2 * 2 * 4 * 32 * 2)


def test_a_model_of_somebody_else_does_too(tmp_path):
    head = read_gguf_head(written(tmp_path / "model.gguf"))
    assert head == GgufHead(context=4096, kv_bytes=2 * 3 * 2 * 16 * 2)


def test_kv_heads_may_differ_from_layer_to_layer(tmp_path):
    assert read_gguf_head(written(tmp_path / "model.gguf", kv_heads=[1, 2, 4])).kv_bytes == 2 * 7 * 16 * 2


@pytest.mark.parametrize("content", [b"", b"GGUF", b"GGUF but not really", b"GGUF\x03\0\0\0" + b"\xff" * 40])
def test_what_is_no_gguf_is_one_sentence(tmp_path, content):
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="is not a complete GGUF file"):
        read_gguf_head(path)


def test_a_directory_is_one_sentence(tmp_path):
    with pytest.raises(UsageError, match="can't be read"):
        read_gguf_head(tmp_path)


@given(cut=st.integers(0, 400))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_that_was_cut_off_is_read_or_refused(tmp_path, made, cut):
    path = tmp_path / "cut.gguf"
    path.write_bytes(made.read_bytes()[:cut])
    with pytest.raises(UsageError):
        read_gguf_head(path)
