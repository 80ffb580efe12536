import os

import pytest

from stress.errors import UsageError
from stress.runs.find import find_run, find_single_run, is_duel


def recorded(below, name, age=0):
    path = below / name
    path.mkdir(parents=True)
    (path / "events.jsonl").write_text("")
    os.utime(path / "events.jsonl", (1_000_000 - age, 1_000_000 - age))
    return path


@pytest.fixture
def runs(tmp_path):
    below = tmp_path / "runs"
    recorded(below, "20261123T080000Z-ramp-vllm", 30)
    recorded(below, "20261123T090000Z-ramp-embedded", 10)
    recorded(below, "20261123T100000Z-ramp-vllm-fast", 20)
    (below / "no-run").mkdir()
    return below


def test_a_directory_is_itself(runs):
    path = runs / "20261123T080000Z-ramp-vllm"
    assert find_run(str(path), runs) == path


def test_a_duel_is_found_as_a_run_is_but_is_none(runs):
    path = runs / "20261123T110000Z-duel-a-b"
    recorded(path, "left-1")
    (path / "duel.json").write_text("{}")
    assert find_run("last", runs) == path
    assert is_duel(find_run("duel-a", runs))
    assert find_single_run(str(path / "left-1")) == path / "left-1"
    with pytest.raises(UsageError, match="is a duel; give one of its runs, such as"):
        find_single_run(str(path))


def test_a_name_below_runs_is_found_whole_or_by_a_part_that_only_one_has(runs):
    assert find_run("20261123T080000Z-ramp-vllm", runs).name == "20261123T080000Z-ramp-vllm"
    assert find_run("embedded", runs).name == "20261123T090000Z-ramp-embedded"


def test_last_is_the_run_that_was_written_last(runs):
    assert find_run("last", runs).name == "20261123T090000Z-ramp-embedded"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("vllm", "matches 2 runs"),
        ("nope", "There is no run 'nope'"),
        ("", "There is no run ''"),
    ],
)
def test_what_is_not_one_run_is_said_with_what_would_be(runs, text, words):
    with pytest.raises(UsageError, match=words):
        find_run(text, runs)


def test_a_demo_comes_with_the_package(runs):
    assert find_run("demo:h200-vllm-tp2", runs).parent.name == "demos"


def test_an_unknown_demo_is_said_with_those_that_there_are(runs):
    with pytest.raises(UsageError, match=r"There is no demo 'x'; the demos are demo:duel, demo:h200-70b-burst, "):
        find_run("demo:x", runs)


def test_a_directory_without_a_record_is_no_run(runs):
    with pytest.raises(UsageError, match=r"has no events\.jsonl"):
        find_run(str(runs / "no-run"), runs)


def test_without_any_run_there_is_no_last_one(tmp_path):
    with pytest.raises(UsageError, match="There are no runs in"):
        find_run("last", tmp_path)
