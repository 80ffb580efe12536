import msgspec
import pytest
from happenings import ABOUT

from stress.duel.differences import Difference, differences, shown, unfair
from stress.runs.directory import RunRecord, read_record
from stress.runs.find import find_run


def record(**changes) -> RunRecord:
    fields = {
        "command": "duel",
        "argv": [],
        "state": "done",
        "started": "2026-11-23T00:00:00Z",
        "seed": 1,
        "scenario": {"name": "tavern"},
        "ramp": {"text": "1 → 5 agents over 0:10"},
        "request": {"model": "m", "max_tokens": 64, "base_url": "http://x"},
        "target": {"engine": "vllm", "identity": {"engine": "vllm", "version": "0.24.0", "tp": 2}},
        "about": ABOUT,
    }
    return RunRecord(**fields | changes)


def target(**changes) -> dict:
    return {"engine": "vllm", "identity": {"engine": "vllm", "version": "0.24.0", "tp": 2}} | changes


def test_the_same_twice_differs_in_nothing():
    assert differences(record(), record()) == ()


def test_engine_version_and_settings_are_told_with_both_values():
    other = target(
        engine="llama.cpp",
        identity={"engine": "llama.cpp", "version": "b1", "slots": 4},
        asked={"name": "llama.cpp", "np": 4, "flags": {"bs": "true"}},
    )
    found = {each.name: (each.left, each.right) for each in differences(record(), record(target=other))}
    assert found == {
        "engine": ("vLLM", "llama.cpp"),
        "version": ("0.24.0", "b1"),
        "tp": ("2", "n/a"),
        "np": ("n/a", "4"),
        "bs": ("n/a", "true"),
    }


def test_where_it_listens_and_when_it_ran_do_not_matter():
    request = {"model": "m", "max_tokens": 64, "base_url": "http://y"}
    assert differences(record(), record(request=request, started="2027-01-01T00:00:00Z", label="x")) == ()


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"seed": 2}, "seed"),
        ({"scenario": {"name": "forge"}}, "scenario"),
        ({"ramp": {"text": "1 → 6 agents over 0:10"}}, "ramp"),
        ({"request": {"model": "m", "max_tokens": 32}}, "max tokens"),
        ({"target": target(budget_tokens=500)}, "agent memory"),
    ],
)
def test_other_work_is_told_as_unfair(changes, name):
    found = differences(record(), record(**changes))
    assert [each.name for each in unfair(found)] == [name]


def test_another_engine_is_what_a_duel_is_for():
    other = target(identity={"engine": "sglang"}, gpu_metrics=["x"])
    assert unfair(differences(record(), record(target=other))) == ()


def test_gpus_are_counted_by_their_names_and_long_texts_are_cut():
    two = [{"index": 0, "name": "H200"}, {"index": 1, "name": "H200"}]
    found = differences(record(gpus=two), record(target=target(environment={"A": "b" * 100})))
    by_name = {each.name: each for each in found}
    assert by_name["GPUs"].left == "2×H200"
    assert by_name["environment"].right.endswith("…")
    assert len(by_name["environment"].right) == 60


def test_gpus_that_were_chosen_are_told_as_they_are_written():
    found = differences(record(), record(target=target(asked={"gpus": [0, 2]})))
    assert [(each.name, each.right) for each in found] == [("chosen GPUs", "0+2")]


def test_a_target_that_says_nothing_is_no_error():
    assert differences(record(target={}), msgspec.convert(msgspec.to_builtins(record(target={})), RunRecord)) == ()


def test_only_what_a_person_would_name_is_not_minor():
    """The records of the demo: the same model in two formats, one of them loaded as a dummy."""
    left, right = (read_record(find_run("demo:duel") / side) for side in ("left-1", "right-1"))
    found = differences(left, right)
    assert [each.name for each in shown(found)] == ["engine", "version", "context", "np"]
    minor = {each.name for each in found if each.minor}
    assert {"model path", "random weights", "compilation-config", "environment", "parameters", "bs", "tp"} <= minor
    assert found[: len(shown(found))] == shown(found)


@pytest.mark.parametrize(
    ("left", "right", "name", "minor"),
    [
        ({"asked": {"tp": 1}}, {"asked": {"tp": 2}}, "tp", False),
        ({"asked": {"tp": 1}}, {}, "tp", True),
        ({"identity": {"quantization": "F16"}}, {}, "precision", True),
        ({"identity": {"quantization": "Q4_K_M"}}, {}, "precision", False),
        ({"asked": {"flags": {"quantization": "fp8"}}}, {}, "precision", False),
        ({"asked": {"flags": {"any": "1"}}}, {}, "any", True),
        ({"identity": {"slots": 4}}, {"asked": {"np": 8}}, "np", False),
    ],
)
def test_one_gpu_and_sixteen_bits_go_without_saying(left, right, name, minor):
    found = differences(record(target={"engine": "vllm"} | left), record(target={"engine": "vllm"} | right))
    assert [(each.name, each.minor) for each in found] == [(name, minor)]


def test_the_same_model_under_another_path_is_a_minor_difference():
    found = differences(
        record(request={"model": "/a/Qwen3-8B-Q4_K_M.gguf", "max_tokens": 64}),
        record(request={"model": "Qwen/Qwen3-8B", "max_tokens": 64}),
    )
    assert [(each.name, each.minor) for each in found] == [("precision", False), ("model path", True)]


def test_gpus_are_those_that_each_side_computes_on():
    two = [{"index": 0, "name": "NVIDIA H200"}, {"index": 1, "name": "NVIDIA H200"}]
    left, right = (record(gpus=two, target=target(identity={}, asked={"tp": tp})) for tp in (1, 2))
    assert ("GPUs", "1×H200", "2×H200") in [(each.name, each.left, each.right) for each in differences(left, right)]


def test_a_record_that_is_older_than_minor_differences_has_none():
    assert msgspec.convert({"name": "tp", "left": "1", "right": "2"}, Difference).minor is False
