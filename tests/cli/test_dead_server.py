"""A server that somebody else started, and that is killed in the middle of a run."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mortal_server import MortalServer
from recorded import read_events
from stress_process import environment, stress

from stress.events import Controlled, Mark, Phase, Request, Sample, Trouble

RAMP = "ramp --agents 2..40 --over 60s"
BURST = "burst --requests 3000 --concurrency 8 --tokens 20"


@pytest.fixture
def server():
    with MortalServer() as server:
        yield server


def run(command: str, server: MortalServer, out: Path, give_up: str, then: Callable[[], None]):
    """Start the run, do `then` when replies come, and wait for its end."""
    words = [*command.split(), "--url", server.url, "--give-up", give_up, "--ui", "plain", "--out", str(out)]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-m", "stress", *words], env=environment(), text=True, **pipes)
    try:
        until(lambda: recorded(out, '"type":"request"') > 20)
        then()
        stdout, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
    return process.returncode, stdout, stderr


def until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit, "it never happened"
        time.sleep(0.05)


def recorded(out: Path, text: str) -> int:
    events = out / "events.jsonl"
    return events.read_text().count(text) if events.exists() else 0


@pytest.mark.parametrize("command", [RAMP, BURST])
def test_a_server_that_stays_dead_ends_the_run_as_failed_and_says_since_when(tmp_path, server, command):
    out = tmp_path / "run"
    status, stdout, stderr = run(command, server, out, "5s", server.die)
    assert status == 1, stderr
    said = stderr.splitlines()[-1]
    assert f"The server at {server.url} has refused every connection for" in said
    assert "--give-up" in said
    record, summary = (json.loads((out / name).read_text()) for name in ("run.json", "summary.json"))
    assert (record["state"], record["cause"] in said) == ("failed", True)
    events = list(read_events(out))
    went = next(event.t for event in events if isinstance(event, Mark))
    (drain,) = [event for event in events if isinstance(event, Phase) and event.name == "drain"]
    assert drain.t - went < 8
    assert summary["knee"] is None
    assert summary["duration"] < went
    assert "did not hold" not in stdout
    assert [trouble.name for trouble in events if isinstance(trouble, Trouble)] == ["connection_refused"]
    last = [event for event in events if isinstance(event, Sample) and event.t < drain.t][-1]
    assert last.verdict is None or last.verdict.name == "no_tokens"


def test_a_server_that_is_brought_back_is_taken_up_again_and_the_gap_is_marked(tmp_path, server):
    out = tmp_path / "run"

    def die_and_live() -> None:
        server.die()
        until(lambda: recorded(out, "server refuses connections") == 1)
        server.live()

    status, stdout, stderr = run("ramp --agents 2..8 --over 10s", server, out, "60s", die_and_live)
    assert status == 0, stderr
    events = list(read_events(out))
    went, back = [event for event in events if isinstance(event, Mark)]
    assert (went.label, back.label[:17]) == ("server refuses connections", "server back after")
    assert [control.name for control in events if isinstance(control, Controlled)] == ["hold", "resume"]
    assert any(isinstance(event, Request) and event.error is None and event.t > back.t for event in events)
    assert "did not" not in stdout


@pytest.mark.parametrize("value", ["0", "soon"])
def test_give_up_is_a_duration_above_zero(value):
    done = stress("ramp", "--give-up", value, "--ui", "none")
    assert done.returncode == 2
    assert "--give-up" in done.stderr
    assert len(done.stderr.splitlines()) == 1
