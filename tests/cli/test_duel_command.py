import json
import os
import signal
import subprocess
import sys
import time

import pytest
from stress_process import environment, stress

SHORT = ["--agents", "1..4", "--over", "3s", "--hold", "2s", "--max-tokens", "16", "--seed", "7"]


def test_a_duel_runs_from_start_to_end_by_itself_and_its_ratio_is_that_of_both_runs(tmp_path):
    out = tmp_path / "duel"
    words = ["duel", "embedded,np=1", "embedded,np=4", *SHORT, "--ui", "json", "--out", str(out)]
    done = stress(*words, timeout=110)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["round"] for line in lines if line["type"] == "round"] == [1]
    shown = [line for line in lines if line["type"] == "duel"]
    assert len(shown) == len(lines) - 2
    assert lines[-1]["type"] == "verdict"
    assert any(line["live"] == "right" and line["notes"]["left"] == "ghost" for line in shown)
    verdict = json.loads((out / "duel.json").read_text())["verdict"]
    assert verdict == lines[-1]["verdict"]
    peaks = [
        json.loads((out / run / "summary.json").read_text())["peak_output_throughput"] for run in ("left-1", "right-1")
    ]
    assert verdict["peak"]["mean"] == pytest.approx(peaks[0] / peaks[1])
    assert "differs       embedded np=1 : embedded np=4" in done.stderr
    assert "np 1 : 4" in done.stderr

    again = stress("replay", str(out), "--ui", "plain", "--speed", "100")
    assert again.returncode == 0, again.stderr
    assert "embedded np=1 toy model · llama.cpp on this CPU · np=1" in again.stdout
    assert "verdict" in again.stdout


def test_a_side_that_cannot_be_had_is_said_in_a_sentence_before_anything_runs(tmp_path):
    out = tmp_path / "duel"
    done = stress("duel", "embedded", "http://127.0.0.1:9", *SHORT, "--turns", "--ui", "none", "--out", str(out))
    assert done.returncode == 4
    assert done.stderr.startswith("stress: http://127.0.0.1:9 refuses")
    assert len(done.stderr.splitlines()) == 1
    assert not (out / "left-1").exists()


def test_an_engine_that_does_not_start_ends_it_in_a_sentence_and_the_other_run_is_kept(tmp_path):
    out, broken = tmp_path / "duel", tmp_path / "llama-server"
    broken.write_text("#!/bin/sh\necho version: 1\nexit 1\n")
    broken.chmod(0o755)
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    right = f"llama.cpp:{tmp_path / 'm.gguf'}"
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = stress("duel", "embedded", right, *SHORT, "--ui", "none", "--out", str(out), PATH=path)
    assert done.returncode == 4, done.stderr
    assert done.stderr.startswith("stress: llama.cpp did not start: llama.cpp")
    assert str(out / "left-1") in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert json.loads((out / "left-1" / "summary.json").read_text())["completed"] > 0


def test_ctrl_c_drains_what_runs_and_keeps_it(tmp_path):
    out = tmp_path / "duel"
    words = [
        "duel",
        "embedded,np=1",
        "embedded,np=4",
        "--agents",
        "2",
        "--hold",
        "60s",
        "--ui",
        "none",
        "--out",
        str(out),
    ]
    running = subprocess.Popen(
        [sys.executable, "-m", "stress", *words],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    limit = time.monotonic() + 60
    while b'"request"' not in _read(out / "left-1" / "events.jsonl"):
        assert time.monotonic() < limit
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)
    os.kill(running.pid, signal.SIGINT)
    _, stderr = running.communicate(timeout=60)
    assert running.returncode == 130, stderr
    assert "Traceback" not in stderr
    assert json.loads((out / "duel.json").read_text())["state"] == "interrupted"
    assert json.loads((out / "left-1" / "run.json").read_text())["state"] == "interrupted"


def _read(path) -> bytes:
    return path.read_bytes() if path.exists() else b""


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["embedded"], "RIGHT is missing"),
        (["embedded", "embeded"], "embeded"),
        (["embedded", "embedded", "--agents", "0"], "--agents"),
        (["embedded", "embedded", "--runs", "0"], "--runs"),
    ],
)
def test_what_is_wrong_is_said_before_anything_starts(tmp_path, words, found):
    done = stress("duel", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert found in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()


def test_a_directory_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "x").write_text("mine")
    done = stress("duel", "embedded", "embedded", "--out", str(tmp_path))
    assert done.returncode == 2
    assert "is not empty" in done.stderr


def test_the_demo_of_a_duel_is_shown_with_its_verdict():
    done = stress("replay", "demo:duel", "--ui", "plain", "--speed", "100")
    assert done.returncode == 0, done.stderr
    assert "vLLM is 38.3 × as fast as llama.cpp at equal agents" in done.stdout
    assert "np n/a : 1" in done.stdout


def test_a_demo_of_two_runs_that_were_no_duel_says_what_was_not_the_same():
    done = stress("replay", "demo:tensor-parallelism", "--ui", "plain", "--speed", "100")
    assert done.returncode == 0, done.stderr
    assert "vLLM tp=2 is 1.43 × as fast as vLLM tp=1 at equal agents" in done.stdout
    assert "fair?" in done.stdout


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["a", "b", "c"], "Found 3 runs"),
        (["demo:duel", "demo:h200-vllm-tp1"], "is a duel; give one of its runs"),
    ],
)
def test_what_cannot_be_replayed_is_said(words, found):
    done = stress("replay", *words)
    assert done.returncode == 2
    assert found in done.stderr
