"""What every engine's module owes to the rest, whatever the engine: new ones are tested here without a line more."""

import copy
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest

from stress.client.ask import ProbeResponse
from stress.client.failures import FailureName
from stress.engines import registry
from stress.engines.adapter import Adapter, EngineSpec, Key, MetricNames, ProbeResponses
from stress.engines.log_lines import TroubleName
from stress.engines.registry import ADAPTERS, ATTACHABLE, adapter_named
from stress.engines.spec import parse_engine
from stress.errors import UsageError

KEYS: tuple[Key, ...] = get_args(Key)
VALUES = {"tp": 2, "pp": 2, "np": 16, "ctx": 2048, "gpus": (0, 1), "port": 8124, "dummy": True}
BASE = ("the-program",)

every_engine = pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
LAUNCHED = [adapter for adapter in ADAPTERS if not adapter.why_not_launched]
every_launched_engine = pytest.mark.parametrize("adapter", LAUNCHED, ids=lambda adapter: adapter.name)
MODEL = "some/model"


def spec_of(adapter: Adapter, **keys) -> EngineSpec:
    return EngineSpec(name=adapter.name, model=MODEL, **keys)


def everything(launch) -> str:
    """The command line and all that goes with it."""
    return repr((launch.argv, dict(launch.env), dict(launch.files)))


def is_sentence(text: str) -> bool:
    return bool(text) and text.endswith(".") and "\n" not in text


def test_names_are_unique_lower_case_words():
    names = [adapter.name for adapter in ADAPTERS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9.-]*", name) for name in names)
    assert len({adapter.title for adapter in ADAPTERS}) == len(ADAPTERS)


def test_every_engine_is_found_by_its_name_and_no_other():
    assert [adapter_named(adapter.name) for adapter in ADAPTERS] == list(ADAPTERS)
    assert adapter_named("no-such-engine") is None


def test_a_server_can_be_every_engine_but_the_embedded_one():
    assert [adapter.name for adapter in ADAPTERS if adapter not in ATTACHABLE] == ["embedded"]


def test_every_module_of_an_adapter_is_in_the_registry():
    names = [f"stress.engines.{path.stem}" for path in Path(registry.__file__).parent.glob("*.py")]
    found = {kind for name in names for kind in vars(import_module(name)).values() if isinstance(kind, type)}
    engines = {kind for kind in found if issubclass(kind, Adapter) and hasattr(kind, "name")}
    assert engines == {type(adapter) for adapter in ADAPTERS}


@every_engine
def test_it_says_what_it_is_and_how_to_get_it(adapter):
    for text in (adapter.title, adapter.how_to_get, adapter.example):
        assert text.strip() == text != ""
        assert text.isprintable()


@every_engine
def test_its_example_is_an_engine_or_is_refused_by_its_own_reason(adapter):
    assert adapter.example.startswith(adapter.name)
    if adapter.why_not_launched:
        assert is_sentence(adapter.why_not_launched)
        with pytest.raises(UsageError) as error:
            parse_engine(adapter.example)
        assert str(error.value) == adapter.why_not_launched
    else:
        found, spec = parse_engine(adapter.example)
        assert found is adapter
        assert spec.name == adapter.name


@every_engine
def test_its_keys_are_those_that_mean_the_same_for_all(adapter):
    assert adapter.keys <= set(KEYS)
    assert set(adapter.no_key) <= set(KEYS) - adapter.keys
    assert all(reason and not reason.endswith(".") for reason in adapter.no_key.values())


@every_launched_engine
@pytest.mark.parametrize("key", KEYS)
def test_a_key_that_it_lacks_is_refused_in_a_sentence(adapter, key):
    if key in adapter.keys:
        return
    value = {"gpus": "0+1", "dummy": "true"}.get(key, "2")
    with pytest.raises(UsageError) as error:
        parse_engine(f"{adapter.name}:{MODEL},{key}={value}")
    assert is_sentence(str(error.value))
    assert f"{adapter.title} has no {key}" in str(error.value)
    assert adapter.no_key.get(key, "") in str(error.value)


@every_launched_engine
@pytest.mark.parametrize("pair", ["novalue", "tp=two", "port=0", "port=65536", "api-key=x", "=1", "a=1,a=2"])
def test_a_wrong_option_is_refused_in_a_sentence(adapter, pair):
    with pytest.raises(UsageError) as error:
        parse_engine(f"{adapter.example},{pair}")
    assert is_sentence(str(error.value))


@every_launched_engine
def test_its_launch_names_the_model_and_the_port_and_begins_with_the_program(adapter):
    launch = adapter.launch(BASE, spec_of(adapter), 8123)
    assert launch.argv[: len(BASE)] == BASE
    assert all(isinstance(word, str) and word for word in launch.argv)
    assert MODEL in everything(launch)
    assert "8123" in everything(launch)
    assert "8124" not in everything(launch)
    assert all(isinstance(text, str) for pair in launch.env.items() for text in pair)
    assert not any(name.startswith(("/", "..")) for name in launch.files)


@every_launched_engine
def test_its_launch_is_pure(adapter, monkeypatch):
    spec = spec_of(adapter, flags={"threads": "2"} if adapter.name == "embedded" else {"some-flag": "2"})
    before = copy.deepcopy(spec)
    first = adapter.launch(BASE, spec, 8123)
    assert adapter.launch(BASE, spec, 8123) == first
    assert spec == before


@every_launched_engine
def test_every_key_that_it_has_changes_its_launch(adapter):
    plain = everything(adapter.launch(BASE, spec_of(adapter), 8123))
    for key in adapter.keys - {"gpus", "port"}:
        changed = adapter.launch(BASE, replace(spec_of(adapter), **{key: VALUES[key]}), 8123)
        assert everything(changed) != plain, key
    assert everything(adapter.launch(BASE, spec_of(adapter), 8124)) != plain


@every_engine
def test_its_metrics_have_names_for_what_the_screen_shows(adapter):
    names = adapter.metrics
    if names is None:
        return
    assert isinstance(names, MetricNames)
    assert names.running or names.gen_tokens
    for field in MetricNames.__dataclass_fields__:
        assert all(re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*", name) for name in getattr(names, field)), field
    assert bool(names.prefix_hits) == bool(names.prefix_queries)


@every_engine
def test_its_words_are_patterns_with_known_names(adapter):
    for failure in adapter.failures:
        assert failure.name in get_args(FailureName)
        assert failure.status is None or 400 <= failure.status < 600
        assert not failure.are_in("")  # it would name every failure
    for trouble in adapter.troubles:
        assert trouble.name in get_args(TroubleName)
        assert trouble.regex.search("") is None
        assert not trouble.advice.endswith(".")


@every_engine
def test_a_step_puts_in_no_more_than_its_pattern_finds(adapter):
    for step in adapter.steps:
        assert step.words.format(*["?"] * step.regex.groups)
        assert step.regex.search("") is None


@every_engine
def test_its_questions_are_paths_below_the_servers_root(adapter):
    assert all(question.path.startswith("/") for question in adapter.probes)
    assert adapter.ready_path.startswith("/")
    assert adapter.metrics_path.startswith("/")
    assert len({question.path for question in adapter.probes}) == len(adapter.probes)


@every_engine
@pytest.mark.parametrize(
    "answer", [ProbeResponse(404, {}, b""), ProbeResponse(200, {}, b"<html>"), ProbeResponse(200, {}, b"[1]")]
)
def test_a_server_that_says_nothing_of_use_is_not_recognised_as_it(adapter, answer):
    others = {question.path: answer for question in adapter.probes}
    models = ProbeResponse(200, {}, b'{"object": "list", "data": [{"id": "m", "owned_by": "somebody else"}]}')
    assert adapter.recognise(ProbeResponses(models, others, "m", "http://127.0.0.1:1/v1")) is None
    assert adapter.recognise(ProbeResponses(ProbeResponse(200, {}, b"{}"), others, None)) is None


@every_engine
def test_looking_for_it_imports_nothing_of_it_and_does_not_fail(adapter):
    found = adapter.find()
    assert found is None or (found.base and found.where)


@every_engine
def test_its_own_limits_make_sense(adapter):
    assert adapter.start_limit_s > 0
    assert not (adapter.own_model and adapter.needs_model)
