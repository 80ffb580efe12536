"""The worked example of CONTRIBUTING.md is true: it runs against the adapter's shape as it is."""

import json
import re
from pathlib import Path

import pytest

import stress
from stress.client.ask import ProbeResponse
from stress.client.failures import Words
from stress.engines.adapter import Adapter, EngineSpec, ProbeResponses
from stress.engines.metrics import read_metrics

TEXT = (Path(stress.__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
MODULE, DIALECT = re.findall(r"<!-- example -->\n```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def adapter() -> Adapter:
    names: dict = {"__name__": "tinyllm"}
    exec(MODULE, names)
    return names["TinyLlm"]()


@pytest.fixture
def dialect():
    names: dict = {}
    exec(DIALECT, names)
    return names["DIALECT"]


def test_its_launch_is_the_command_that_the_text_says(adapter):
    launch = adapter.launch(("tinyllm",), EngineSpec(name="tinyllm", model="m", tp=2, flags={"fast": "true"}), 8123)
    assert launch.argv == ("tinyllm", *"serve m --host 127.0.0.1 --port 8123 --gpus 2 --fast".split())


def test_its_module_and_its_dialect_agree(adapter, dialect):
    models, info = (ProbeResponse(200, {}, json.dumps(page).encode()) for page in dialect.pages.values())
    assert adapter.recognise(ProbeResponses(models, {"/info": info}, "org/model")) == dialect.identity
    reading, _ = read_metrics(dialect.metrics, None, 1.0, adapter.metrics)
    assert {field: getattr(reading, field) for field in dialect.reading} == dialect.reading
    (said,), (pattern,) = dialect.errors, adapter.failures
    assert isinstance(pattern, Words)
    assert (pattern.name, pattern.status, pattern.are_in(said.text)) == (said.name, said.status, True)


def test_the_text_names_only_files_that_are_there():
    root = Path(stress.__file__).parents[1]
    named = set(re.findall(r"`((?:stress|tests)/[\w/.]+)`", TEXT)) | {"CHANGELOG.md", ".ci/run"}
    assert {path for path in named if "tinyllm" not in path and not (root / path).exists()} == set()
