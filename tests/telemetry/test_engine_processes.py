import os
import socket
import subprocess
import sys
import time

import psutil
import pytest

from stress.telemetry.engine_processes import (
    LOOK_EVERY_S,
    SEARCH_EVERY_S,
    EngineProcesses,
    Roots,
    family,
    first_processes,
    listeners,
)

PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import sys; print('up', flush=True); sys.stdin.read()"],
                         stdin=subprocess.PIPE)
sys.stdin.read()
child.stdin.close()
child.wait()
"""


@pytest.fixture
def engine():
    """A program with one child, in a session of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout.readline() == b"up\n"
    yield process
    end(process)
    process.stdout.close()


def end(process) -> None:
    if process.poll() is None:
        process.communicate(timeout=10)  # closes what it reads from


def test_a_family_is_the_process_with_all_that_descend_from_it(engine):
    members = family({engine.pid})
    assert engine.pid in members
    assert len(members) == 2
    assert family({engine.pid}, members)[engine.pid] is members[engine.pid]


def test_a_process_that_has_ended_has_no_family(engine):
    end(engine)
    assert family({engine.pid}) == {}


def test_who_is_at_work_in_a_session_is_its_topmost_process(engine):
    (child,) = psutil.Process(engine.pid).children()
    assert first_processes({child.pid}) == {engine.pid}


def test_our_own_ancestors_are_never_taken_for_the_engine():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert first_processes({child.pid}) == {child.pid}
        child.stdin.close()


def test_who_listens_on_a_port_is_found_and_nobody_elsewhere():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert len(listeners(port)) == 1
    assert listeners(port) == set()


class Times:
    """A process whose CPU times the test turns."""

    def __init__(self, pid: int) -> None:
        self.pid, self.used = pid, 0.0

    def cpu_times(self):
        if self.used is None:
            raise psutil.NoSuchProcess(self.pid)
        return psutil.Process().cpu_times()._replace(user=self.used, system=0.0)


@pytest.fixture
def cast(monkeypatch):
    """Two processes, and a clock."""
    members = {1: Times(1), 2: Times(2)}
    looks = []
    monkeypatch.setattr(
        "stress.telemetry.engine_processes.family", lambda roots, known: looks.append(roots) or dict(members)
    )
    now = [0.0]
    return members, now, EngineProcesses(lambda: {1}, lambda: now[0]), looks


def test_cores_in_use_are_cpu_time_over_time_together_and_of_the_busiest(cast):
    members, now, processes, _ = cast
    assert processes.cpu() == (None, None)
    now[0], members[1].used, members[2].used = 2.0, 2.0, 1.0
    assert processes.cpu() == (1.5, 1.0)


def test_a_process_that_vanishes_is_left_out(cast):
    members, now, processes, _ = cast
    processes.cpu()
    now[0], members[1].used, members[2].used = 1.0, None, 0.25
    assert processes.cpu() == (0.25, 0.25)


def test_new_processes_are_looked_for_now_and_then(cast):
    _, now, processes, looks = cast
    for step in range(10):
        now[0] = step * LOOK_EVERY_S / 5
        processes.cpu()
    assert len(looks) == 2


def test_an_engine_that_is_not_there_uses_nothing_that_is_known():
    assert EngineProcesses(set).cpu() == (None, None)


def test_our_own_work_is_measured():
    processes = EngineProcesses(lambda: {os.getpid()})
    processes.cpu()
    until = time.process_time() + 0.05
    while time.process_time() < until:
        sum(range(1000))
    together, busiest = processes.cpu()
    assert together >= busiest > 0


def test_an_engine_that_is_found_is_not_searched_for_again_until_it_is_gone():
    now, searches = [0.0], []

    def find():
        searches.append(now[0])
        return set() if len(searches) == 1 else {os.getpid()}

    roots = Roots(find, lambda: now[0])
    found = []
    for _ in range(100):
        found.append(roots())
        now[0] += 1.0
    assert searches == [0.0, SEARCH_EVERY_S]
    assert found[-1] == {os.getpid()}
