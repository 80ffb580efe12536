import json
import shutil
from pathlib import Path

import pytest
from stress_process import stress

from stress.runs.find import DEMOS

DATA = Path(__file__).parent.parent / "data"
VLLM = DATA / "h200-vllm-tp2-burst"


@pytest.fixture
def run(tmp_path):
    """A run of two H200s as its user has it: its files unpacked."""
    import gzip

    path = tmp_path / "runs" / "20261122T200000Z-ramp-vllm"
    path.mkdir(parents=True)
    (path / "events.jsonl").write_bytes(gzip.decompress((VLLM / "events.jsonl.gz").read_bytes()))
    shutil.copy(VLLM / "run.json", path)
    return path


def test_a_recorded_run_is_told_again_with_its_summary(run, tmp_path):
    done = stress("replay", "last", "--speed", "100", "--ui", "plain", cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert "GPU 100% 100%" in done.stderr
    assert "150 completed, 0 failed" in done.stdout
    assert str(run.relative_to(tmp_path)) in done.stdout


def test_as_json_its_samples_go_to_stdout_and_the_rest_elsewhere(run):
    done = stress("replay", str(run), "--speed", "100", "--ui", "json")
    samples = [json.loads(line) for line in done.stdout.splitlines()]
    assert samples[-1]["requests"] == 150
    assert "150 completed" in done.stderr


def test_what_is_damaged_is_told_with_its_line_and_the_rest_is_shown(run):
    lines = (run / "events.jsonl").read_bytes().splitlines(keepends=True)
    (run / "events.jsonl").write_bytes(b"".join([*lines[:50], b"garbage\n", *lines[50:-1], lines[-1][:20]]))
    done = stress("replay", str(run), "--speed", "100", "--ui", "plain")
    assert done.returncode == 0
    assert "stress: events.jsonl line 51 is no event of ours" in done.stderr
    assert f"stress: events.jsonl line {len(lines) + 1} was cut off; it is left out." in done.stderr
    assert "150 completed" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nope",), "There is no run 'nope'"),
        (("last",), "No run is recorded below runs/"),
        ((str(DATA), "--ui", "plain"), "holds no events.jsonl"),
        ((str(VLLM), "--speed", "0"), "--speed 0 is out of range; give one from 0.25 to 100."),
        ((str(VLLM), "--speed", "nan"), "--speed nan is out of range"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(tmp_path, arguments, words):
    done = stress("replay", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_duel_of_several_rounds_ends_with_the_verdict_on_all_of_them(tmp_path):
    duel = tmp_path / "duel"
    shutil.copytree(DEMOS / "duel", duel)
    record = json.loads((duel / "duel.json").read_text())
    record["rounds"] *= 3
    record["verdict"]["rounds"] = 3
    record["verdict"]["equal_agents"] |= {"mean": 40.0, "low": 38.0, "high": 42.0, "rounds": [39, 40, 41]}
    (duel / "duel.json").write_text(json.dumps(record))
    done = stress("replay", str(duel), "--ui", "plain", "--speed", "100")
    assert done.returncode == 0, done.stderr
    assert "vLLM is 40.0 × (95 %: 38.0 to 42.0) as fast as llama.cpp at equal agents." in done.stdout
    assert "runs          3 runs each" in done.stdout

    two = stress("replay", str(duel / "left-1"), str(duel / "right-1"), "--ui", "plain", "--speed", "100")
    assert "vLLM is 38.3 × as fast as llama.cpp at equal agents; one run each" in two.stdout
