"""The engine's processes on this machine: which they are, and what they use of the CPU."""

import os
import time
from collections.abc import Callable, Iterable

import psutil

SEARCH_EVERY_S = 15.0
"""Seconds between two searches for an engine that is not seen: each costs tens of milliseconds."""
LOOK_EVERY_S = 3.0
"""Seconds between two looks for new processes: walking through all of them costs more than reading their times."""


class EngineProcesses:
    """Everything that descends from the engine's root processes."""

    def __init__(self, roots: Callable[[], set[int]], now: Callable[[], float] = time.monotonic) -> None:
        """`roots` returns the processes to begin with, as they are at that moment; `now` is a clock in seconds."""
        self._roots = roots
        self._now = now
        self._looked: float | None = None
        self._known: dict[int, psutil.Process] = {}
        self._used: dict[int, tuple[float, float]] = {}

    def cpu(self) -> tuple[float | None, float | None]:
        """Cores used since the last call: by all of them together, and by the busiest. None where none is seen."""
        if self._looked is None or self._now() - self._looked >= LOOK_EVERY_S:
            self._looked = self._now()
            self._known = family(self._roots(), self._known)
        now = self._now()
        used = {
            pid: (now, seconds) for pid, process in self._known.items() if (seconds := _seconds(process)) is not None
        }
        shares = [
            (seconds - before[1]) / (t - before[0])
            for pid, (t, seconds) in used.items()
            if (before := self._used.get(pid)) is not None and t > before[0]
        ]
        self._used = used
        return (sum(shares), max(shares)) if shares else (None, None)


class Roots:
    """Remembers who the engine's first processes are: to find them is to look through all processes of the machine."""

    def __init__(self, find: Callable[[], set[int]], now: Callable[[], float] = time.monotonic) -> None:
        self._find = find
        self._now = now
        self._looked: float | None = None
        self._found: set[int] = set()

    def __call__(self) -> set[int]:
        """The processes: looked for again when one of them is gone, or while none is seen, but seldom."""
        gone = not self._found or not all(map(psutil.pid_exists, self._found))
        if gone and (self._looked is None or self._now() - self._looked >= SEARCH_EVERY_S):
            self._looked = self._now()
            self._found = self._find()
        return self._found


def family(roots: Iterable[int], known: dict[int, psutil.Process] | None = None) -> dict[int, psutil.Process]:
    """These processes and all that descend from them, by their numbers; the ones that are known stay the same."""
    found: dict[int, psutil.Process] = {}
    for root in roots:
        try:
            process = psutil.Process(root)
            found.update({member.pid: member for member in (process, *process.children(recursive=True))})
        except psutil.Error:  # it has ended, or is not ours to see
            continue
    return {pid: (known or {}).get(pid, process) for pid, process in found.items()}


def listeners(port: int) -> set[int]:
    """The first process of the server that listens on this port here; none if that cannot be seen."""
    try:
        connections = psutil.net_connections("tcp")
    except psutil.Error:
        return set()
    listening = [connection for connection in connections if connection.status == psutil.CONN_LISTEN]
    pids = {connection.pid for connection in listening if connection.laddr and connection.laddr.port == port}
    return first_processes(pid for pid in pids if pid)


def first_processes(pids: Iterable[int]) -> set[int]:
    """Whose descendants these are: of each the topmost ancestor in its session, as long as it is no ancestor of ours.

    Who listens or computes on a GPU is often a child of the program that was started.
    """
    ours = {os.getpid(), *(process.pid for process in psutil.Process().parents())}
    return {_top(pid, ours) for pid in pids}


def _top(pid: int, not_these: set[int]) -> int:
    try:
        session = os.getsid(pid)
        for parent in psutil.Process(pid).parents():
            if parent.pid in not_these or os.getsid(parent.pid) != session:
                break
            pid = parent.pid
    except (psutil.Error, OSError):
        pass
    return pid


def _seconds(process: psutil.Process) -> float | None:
    """CPU time that it has used, all threads together; None if it has ended."""
    try:
        times = process.cpu_times()
    except psutil.Error:
        return None
    return float(times.user + times.system)
