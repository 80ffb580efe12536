import msgspec
import pytest
from happenings import ABOUT

from stress.duel.differences import differences, unfair
from stress.runs.directory import RunRecord


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
        identity={"engine": "llama.cpp", "version": "b1", "slots": 4},
        asked={"name": "llama.cpp", "np": 4, "flags": {"bs": "true"}},
    )
    found = {each.name: (each.left, each.right) for each in differences(record(), record(target=other))}
    assert found == {
        "engine": ("vllm", "llama.cpp"),
        "version": ("0.24.0", "b1"),
        "tp": ("2", "n/a"),
        "slots": ("n/a", "4"),
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
        ({"request": {"model": "m", "max_tokens": 32}}, "max_tokens"),
        ({"target": target(budget_tokens=500)}, "memory of an agent"),
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
    assert by_name["GPUs"].left == "2 × H200"
    assert by_name["environment"].right.endswith("…")
    assert len(by_name["environment"].right) == 60


def test_gpus_that_were_chosen_are_told_as_they_are_written():
    found = differences(record(), record(target=target(asked={"gpus": [0, 2]})))
    assert [(each.name, each.right) for each in found] == [("gpus", "0+2")]


def test_a_target_that_says_nothing_is_no_error():
    assert differences(record(target={}), msgspec.convert(msgspec.to_builtins(record(target={})), RunRecord)) == ()
