import json

import pytest

from stress.errors import UsageError
from stress.models.known import find_model
from stress.models.shapes import NAMED


def cached(home, config):
    directory = home / "hub" / "models--maker--some-8b" / "snapshots" / "abc"
    directory.mkdir(parents=True)
    (directory / "config.json").write_text(json.dumps(config))


def test_a_model_in_the_hugging_face_cache_is_found_by_its_name(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    cached(tmp_path, NAMED["llama-3.1-8b"])
    shape, dtype = find_model("maker/some-8b")
    assert (shape.name, shape.layers, dtype) == ("maker/some-8b", 32, "bf16")


@pytest.mark.parametrize(
    ("quantised", "dtype"),
    [({"quant_method": "fp8"}, "fp8"), ({"quant_method": "awq", "bits": 4}, "int4"), ({"quant_method": "hqq"}, None)],
)
def test_the_precision_is_that_of_the_models_files(tmp_path, monkeypatch, quantised, dtype):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    cached(tmp_path, NAMED["llama-3.1-8b"] | {"quantization_config": quantised})
    assert find_model("maker/some-8b")[1] == dtype


def test_an_unknown_model_is_told_what_is_known(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(UsageError, match=r"no model 'nobody/nothing'.*llama-3\.1-8b.*GGUF"):
        find_model("nobody/nothing")
