"""The reaper alone, as a process between us and an engine."""

import json
import os
import signal
import subprocess
import sys

import psutil
import pytest
from fake_adapter import PROGRAM, running, until

from stress.engines.reaper import ENDED


@pytest.fixture
def reaper():
    """Starts reapers of a fake engine; gives the process and, by the engine's first line, the ids that it watches."""
    reapers: list[subprocess.Popen[str]] = []

    def reaper(*flags, argv=None, grace_s=0.5):
        job = {"argv": argv or [sys.executable, str(PROGRAM), *flags], "cwd": None, "grace_s": grace_s}
        process = subprocess.Popen(
            [sys.executable, "-m", "stress.engines.reaper", json.dumps(job)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        reapers.append(process)
        if argv:
            return process, []
        words = process.stdout.readline().split()
        assert words[0] == "pids"
        return process, [int(word) for word in words[1:]]

    yield reaper
    for process in reapers:
        process.kill()
        process.communicate()


def test_when_its_pipe_closes_everything_ends_and_its_last_line_says_how(reaper):
    process, pids = reaper("--deaf", "--child", "--stray")
    out, _ = process.communicate(timeout=30)
    assert not any(map(running, pids))
    assert out.splitlines()[-1] == f"{ENDED} -15"


def test_sigterm_ends_it_in_the_same_way(reaper):
    process, pids = reaper("--deaf", "--child", "--stray")
    process.terminate()
    assert process.wait(30) == 0
    assert not any(map(running, pids))


def test_an_engine_that_ignores_sigterm_is_killed_after_the_grace(reaper):
    process, pids = reaper("--deaf", "--ignore-sigterm")
    out, _ = process.communicate(timeout=30)
    assert out.splitlines()[-1] == f"{ENDED} -9"
    assert not any(map(running, pids))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_control_c_and_a_closed_terminal_are_for_our_parent(reaper, number):
    process, (engine,) = reaper("--deaf")
    os.kill(process.pid, number)
    process.terminate()  # what comes after shows that the signal before did nothing
    out, _ = process.communicate(timeout=30)
    assert out.splitlines()[-1] == f"{ENDED} -15"
    assert not running(engine)


def test_the_engine_is_in_a_session_of_its_own(reaper):
    process, (engine,) = reaper("--deaf")
    assert len({os.getsid(0), os.getsid(process.pid), os.getsid(engine)}) == 3


@pytest.mark.parametrize("status", [0, 3])
def test_an_engine_that_ends_by_itself_leaves_nothing_and_its_status_is_told(reaper, status):
    process, pids = reaper("--exit", str(status), "--child", "--stray")
    assert process.stdout.read().splitlines()[-1] == f"{ENDED} {status}"
    assert not any(map(running, pids))


def test_what_an_engine_leaves_behind_in_another_session_is_adopted_and_ended(reaper):
    process, (engine, stray) = reaper("--deaf", "--stray")
    os.kill(engine, signal.SIGKILL)
    until(lambda: not running(stray))
    assert process.wait(30) == 0


def test_a_program_that_cannot_be_started_is_said(reaper):
    process, _ = reaper(argv=["/no/such/engine"])
    out, _ = process.communicate(timeout=30)
    assert out.split("\n") == [
        "",
        "/no/such/engine can't be started: No such file or directory",
        "",
        f"{ENDED} 127",
        "",
    ]
    assert process.returncode == 127


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux'")
def test_a_reaper_that_is_killed_takes_the_engine_with_it(reaper):
    process, (engine,) = reaper("--deaf")
    process.kill()
    until(lambda: not running(engine))


def test_it_imports_nothing_heavy_while_it_watches(reaper):
    process, _ = reaper("--deaf")
    maps = [entry.path for entry in psutil.Process(process.pid).memory_maps()]
    assert not any("numpy" in path or "msgspec" in path for path in maps)
