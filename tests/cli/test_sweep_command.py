import json
import os
import signal
import subprocess
import sys
import time

import pytest
from stress_process import environment, stress

SMALL = ["--runs", "2", "--tokens", "4"]


def test_a_sweep_starts_works_and_stops_at_each_size_and_sums_up(tmp_path):
    out = tmp_path / "sweep"
    done = stress("sweep", "embedded", "--np", "1,8", *SMALL, "--out", str(out), timeout=110)
    assert done.returncode == 0, done.stderr
    assert "np=1" in done.stdout
    assert "Best: np=" in done.stdout
    for run in ("np1/warm-up", "np1/run-1", "np1/run-2", "np8/run-2"):
        assert json.loads((out / run / "summary.json").read_text())["completed"] == 59

    again = stress("sweep", "embedded", "--np", "1,8", *SMALL, "--resume", str(out), "--json")
    page = json.loads(again.stdout)
    assert [len(point["runs"]) for point in page["points"]] == [2, 2]
    assert "run 1 of 2" not in again.stderr  # nothing was left to do


def test_ctrl_c_keeps_what_is_done_and_resume_goes_on(tmp_path):
    out = tmp_path / "sweep"
    prompts = tmp_path / "own.txt"
    prompts.write_text("one\ntwo\n")
    words = ["sweep", "embedded", "--np", "2", "--runs", "20", "--tokens", "8", "--prompts", str(prompts)]
    running = subprocess.Popen(
        [sys.executable, "-m", "stress", *words, "--out", str(out)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    limit = time.monotonic() + 60
    while not (out / "np2" / "run-1" / "summary.json").exists():
        assert time.monotonic() < limit
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)
    os.kill(running.pid, signal.SIGINT)
    stdout, stderr = running.communicate(timeout=60)
    assert running.returncode == 130, stderr
    assert "np=2" in stdout
    assert f"--resume {out}" in stderr
    again = stress(*words, "--resume", str(out), "--json", timeout=90)
    assert len(json.loads(again.stdout)["points"][0]["runs"]) == 20


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["embedded", "--np", "1,x"], "np=x is wrong"),
        (["embedded", "--tp", "1,2"], "has no tp"),
        (["embedded", "--np", "1,1"], "has a value twice"),
        (["embedded,np=4", "--np", "1,2"], "sets np twice"),
        (["embedded", "--vary", "np"], "--vary"),
        (["vlm:x"], "There is no engine 'vlm'"),
        (["embedded", "--resume", "no/such"], "it has no sweep.json"),
        (["embedded", "--prompts", "no/such.txt"], "--prompts"),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path, words, found):
    done = stress("sweep", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert found in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_another_sweep_is_not_mixed_into_one_that_was_begun(tmp_path):
    (tmp_path / "sweep.json").write_text(json.dumps({"engine": "other", "runs": 5}))
    done = stress("sweep", "embedded", "--out", str(tmp_path))
    assert done.returncode == 2
    assert "holds another sweep" in done.stderr


def test_an_engine_that_does_not_start_is_told_for_its_point_and_the_sweep_has_failed(tmp_path):
    done = stress("sweep", "tabbyapi:./no/such,port=1", *SMALL, "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "Nothing was measured." in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_streamer_safe_sweep_shows_no_home(tmp_path, form):
    words = ("sweep", f"vllm:{tmp_path}/model", "--tp", "1", *SMALL, "--streamer-safe", *form)
    done = stress(*words, "--out", str(tmp_path / "out"), HOME=str(tmp_path))
    assert done.returncode == 1
    assert "~/model" in done.stdout
    assert "~/out" in done.stdout
    assert str(tmp_path) not in done.stdout + done.stderr
