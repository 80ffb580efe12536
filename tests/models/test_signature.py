"""How models of ours are known."""

from stress.models.build import Wish, build
from stress.models.shapes import find_shape
from stress.models.signature import random_shape


def test_a_model_that_we_made_says_that_its_weights_are_random(tmp_path):
    out = tmp_path / "m"
    build(Wish(shape=find_shape("micro"), out=out, hf=True, weights=False, quant="f16"), "some words", lambda _: None)
    (tmp_path / "theirs.gguf").write_bytes(b"GGUF and more")
    paths = (out, out / "micro-f16.gguf", tmp_path / "theirs.gguf", tmp_path / "nowhere", tmp_path)
    assert [random_shape(str(path)) for path in paths] == ["micro", "micro", None, None, None]
