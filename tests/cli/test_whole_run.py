"""`stress ramp` as its users run it: a process, the embedded engine, agents that really answer each other."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil
import pytest
from recorded import read_events
from stress_process import environment, stress

from stress.events import Controlled, Engine, Mark, Message, Pulse, Request, Trouble, from_line
from stress.fold.summary import Summary
from stress.runs.directory import RunRecord


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for another process: there is nothing to be told by, so look often."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it never happened"
        time.sleep(0.02)


@pytest.fixture
def start():
    """Starts runs that go on for minutes; none of them outlives its test."""
    runs: list[subprocess.Popen[str]] = []

    def start(path: Path, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "stress", "ramp", "--agents", "4", "--hold", "5m", "--out", str(path), *words]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        runs.append(subprocess.Popen(command, env=environment(), text=True, **pipes))
        return runs[-1]

    yield start
    for run in runs:
        run.kill()
        run.communicate()


def replies(path: Path) -> int:
    events = path / "events.jsonl"
    return events.read_bytes().count(b'"type":"request"') if events.exists() else 0


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    """A short ramp against the embedded engine, watched as JSON."""
    path = tmp_path_factory.mktemp("whole") / "run"
    words = "--agents 2..12 --over 3s --hold 2s --seed 7 --label short --metadata box=ci --ui json".split()
    return stress("ramp", *words, "--out", str(path)), path


def summary_of(path: Path) -> Summary:
    return msgspec.json.decode((path / "summary.json").read_bytes(), type=Summary)


def record_of(path: Path) -> RunRecord:
    return msgspec.json.decode((path / "run.json").read_bytes(), type=RunRecord)


def test_a_ramp_ends_well_without_a_failed_request(whole_run):
    result, path = whole_run
    assert result.returncode == 0, result.stderr
    summary = summary_of(path)
    assert summary.completed > 10
    assert (summary.failed, summary.errors) == (0, {})
    assert (summary.agents_start, summary.agents_peak) == (2, 12)
    assert summary.max_concurrent_requests <= 12


def test_every_line_on_stdout_is_a_sample_and_everything_else_is_on_stderr(whole_run):
    result, _ = whole_run
    samples = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(samples) >= 8
    assert {sample["type"] for sample in samples} == {"sample"}
    assert samples[-1]["phase"] == "done"
    assert "toy model · llama.cpp on this CPU" in result.stderr


def test_the_tokens_are_the_servers_usage_and_agree_with_its_own_counter(whole_run):
    _, path = whole_run
    events = list(read_events(path))
    requests = [event for event in events if isinstance(event, Request)]
    total = summary_of(path).total_output_tokens
    assert all(request.usage for request in requests)
    assert total == sum(request.output_tokens for request in requests if request.error is None)
    assert total == sum(pulse.tokens for pulse in events if isinstance(pulse, Pulse))
    counter = [event.reading.gen_tokens for event in events if isinstance(event, Engine)][-1]
    assert total == pytest.approx(counter, rel=0.01)


def test_agents_answer_each_other_in_words_of_the_scenarios(whole_run):
    _, path = whole_run
    events = list(read_events(path))
    messages = {event.id: event for event in events if isinstance(event, Message)}
    answering = [event for event in events if isinstance(event, Request) and event.answers]
    assert len(answering) > 5
    for request in answering:
        assert all(request.agent in messages[number].to for number in request.answers)
    said = " ".join(message.text for message in messages.values())
    assert " the " in said


def test_the_record_says_what_was_run_and_against_what(whole_run):
    _, path = whole_run
    record = record_of(path)
    assert (record.state, record.command, record.seed, record.label) == ("done", "ramp", 7, "short")
    assert record.metadata == {"box": "ci"}
    assert record.target["engine"] == "embedded"
    assert record.target["identity"]["engine"] == "embedded"
    assert record.target["identity"]["slots"] == 256
    assert record.target["launch"][-1].startswith("{")
    assert "don't compare its speed with a GPU's" in " ".join(record.about.notices)
    assert record.scenario["name"] == "tavern"
    assert record.ended is not None


def test_the_first_interrupt_drains_and_saves(tmp_path, start):
    run = start(tmp_path / "run", "--ui", "plain")
    until(lambda: replies(tmp_path / "run") > 3)
    run.send_signal(signal.SIGINT)
    stdout, stderr = run.communicate(timeout=30)
    assert run.returncode == 130
    assert "interrupted" in stdout
    assert "Traceback" not in stderr
    assert record_of(tmp_path / "run").state == "interrupted"
    summary = summary_of(tmp_path / "run")
    assert summary.completed > 3
    assert summary.failed == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_whole_process_group_costs_no_reply(tmp_path, start, number):
    """As `timeout`, systemd and a closed terminal send it: to the load workers as well."""
    run = start(tmp_path / "run", "--ui", "none")
    until(lambda: replies(tmp_path / "run") > 3)
    for process in [*psutil.Process(run.pid).children(), psutil.Process(run.pid)]:
        if "reaper" not in " ".join(process.cmdline()):  # the engine's guard is in a group of its own
            process.send_signal(number)
    run.communicate(timeout=30)
    assert run.returncode == 130
    summary = summary_of(tmp_path / "run")
    assert (summary.failed, summary.client.workers_lost) == (0, 0)


def test_a_second_interrupt_stops_at_once_and_still_saves(tmp_path, start):
    run = start(tmp_path / "run", "--ui", "none", "--scenario", "burst")  # replies of 2,000 tokens: no drain is short
    until((tmp_path / "run" / "events.jsonl").exists)
    until(lambda: b'"in_flight":4' in (tmp_path / "run" / "events.jsonl").read_bytes())
    run.send_signal(signal.SIGINT)
    until(lambda: b'"drain"' in (tmp_path / "run" / "events.jsonl").read_bytes())
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=30)
    assert run.returncode == 130
    assert summary_of(tmp_path / "run").abandoned == 4


def test_killed_with_sigkill_the_events_are_whole_lines_and_nothing_of_ours_lives_on(tmp_path, start):
    run = start(tmp_path / "run", "--ui", "none")
    until(lambda: replies(tmp_path / "run") > 3)
    children = psutil.Process(run.pid).children(recursive=True)
    assert len(children) >= 3  # the engine, its guard and the worker
    run.kill()
    run.communicate(timeout=30)
    until(lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children), 10)
    content = (tmp_path / "run" / "events.jsonl").read_bytes()
    assert content.endswith(b"\n")
    assert sum(isinstance(from_line(line), Request) for line in content.splitlines()) > 3
    assert record_of(tmp_path / "run").state == "running"


def engine_of(run: "subprocess.Popen[str]") -> psutil.Process | None:
    """The process that llama.cpp runs in, if there is one at this moment; its guard has it on its command line."""
    for child in psutil.Process(run.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            words = child.cmdline()
            if "stress.engines.child" in words and child.status() != psutil.STATUS_ZOMBIE:
                return child
    return None


def events_of(path: Path, kind: type) -> list:
    return [event for event in read_events(path) if isinstance(event, kind)]


def test_an_engine_that_is_killed_ends_the_run_as_failed_with_its_cause(tmp_path, start):
    path = tmp_path / "run"
    run = start(path, "--ui", "plain")
    until(lambda: replies(path) > 3)
    os.kill(engine_of(run).pid, signal.SIGKILL)
    _, stderr = run.communicate(timeout=30)
    assert run.returncode == 1
    (last,) = [line for line in stderr.splitlines() if line.startswith("stress: ")]
    assert "died (SIGKILL)" in last
    assert "ENGINE engine_dead" in stderr
    assert record_of(path).state == "failed"
    assert "died (SIGKILL)" in record_of(path).cause
    assert summary_of(path).completed > 3
    assert [trouble.name for trouble in events_of(path, Trouble)] == ["engine_dead"]
    assert (path / "engine.log").exists()


def test_an_engine_that_is_killed_comes_back_where_that_was_asked_for(tmp_path, start):
    path = tmp_path / "run"
    run = start(path, "--ui", "none", "--restart-engine", "--hold", "8s")
    until(lambda: replies(path) > 3)
    killed = engine_of(run)
    os.kill(killed.pid, signal.SIGKILL)
    until(lambda: (back := engine_of(run)) is not None and back.pid != killed.pid)
    _, stderr = run.communicate(timeout=60)
    assert run.returncode == 0, stderr
    assert record_of(path).state == "done"
    died, back = events_of(path, Mark)
    assert (died.label, back.label[:17]) == ("engine died", "engine back after")
    assert [trouble.name for trouble in events_of(path, Trouble)] == ["engine_dead"]
    assert [control.name for control in events_of(path, Controlled)] == ["hold", "resume"]
    answered = [request.t for request in events_of(path, Request) if request.error is None]
    assert min(answered) < died.t
    assert max(answered) > back.t
    assert not psutil.pid_exists(killed.pid)


def test_restarting_is_for_an_engine_of_our_own(tmp_path):
    result = stress("ramp", "--restart-engine", "--url", "http://127.0.0.1:9", cwd=tmp_path)
    assert result.returncode == 2
    assert "--restart-engine needs an engine that stress starts" in result.stderr
