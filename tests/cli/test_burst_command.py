import json

import pytest
from stress_process import stress


def test_a_burst_on_the_embedded_engine_prints_its_time_its_rate_and_its_stragglers(tmp_path):
    out = tmp_path / "run"
    words = ["burst", "--requests", "12", "--tokens", "40", "--concurrency", "6", "--ui", "plain", "--out", str(out)]
    done = stress(*words, timeout=90)
    assert done.returncode == 0, done.stderr
    for part in ("requests    12 of 40 tokens, 6 at a time", "replies     12 completed, 0 failed", "stragglers"):
        assert part in done.stdout
    assert "messages" not in done.stdout  # nobody writes to anybody
    assert "12/12 requests, 100 %" in done.stderr
    summary = json.loads((out / "summary.json").read_text())
    assert summary["total_output_tokens"] == 12 * 40
    assert summary["burst"]["requests"] == 12


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--requests", "0"], "--requests"),
        (["--tokens", "many"], "--tokens"),
        (["--concurrency", "-1"], "--concurrency"),
        (["--requests", "200000"], "200000 agents"),
        (["--url", "localhost"], "http"),
        (["--prompts", "no/such.txt"], "--prompts no/such.txt can't be read"),
    ],
)
def test_what_is_wrong_is_one_sentence(words, found):
    done = stress("burst", *words, "--ui", "none")
    assert done.returncode == 2
    assert found in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_own_prompts_are_asked_once_each_unless_more_is_asked_for(tmp_path):
    out = tmp_path / "run"
    done = stress("burst", "--prompts", "varied", "--tokens", "3", "--ui", "none", "--out", str(out), timeout=90)
    assert done.returncode == 0, done.stderr
    assert json.loads((out / "summary.json").read_text())["completed"] == 59
