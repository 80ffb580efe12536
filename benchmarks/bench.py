"""What the benchmarks share: the truth server, pinned processes, the CPU they use, and tables.

Linux only: cores are given with sched_setaffinity, reads are counted by /proc/PID/io.
"""

import contextlib
import fcntl
import json
import os
import platform
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import psutil

HERE = Path(__file__).parent
ROOT = HERE.parent
ALONE = HERE / "alone.yaml"
"""Agents that write to nobody and remember nothing: independent requests, one after the other."""
CORES = sorted(os.sched_getaffinity(0))
CLIENT_CORE, SERVER_CORE = CORES[-1], CORES[0]
QUIET_SHARE = 0.15
"""A machine is quiet when all processes together use less of one core than this."""


def spawn(argv: Sequence[object], cores: Iterable[int], **options: Any) -> subprocess.Popen[bytes]:
    """Start a process that stays on these cores, and all its children with it, in a process group of its own."""
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(cores))
    try:
        options = {"stdin": subprocess.DEVNULL, "cwd": ROOT, "start_new_session": True} | options
        return subprocess.Popen([str(word) for word in argv], **options)
    finally:
        os.sched_setaffinity(0, ours)


def end(process: subprocess.Popen[bytes], patience: float = 10.0) -> None:
    """End a process that `spawn` started, and its children."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            break
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience if number == signal.SIGINT else 3)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # children that outlived it
    process.wait()


@contextlib.contextmanager
def short_queues(bytes_a_socket: int = 16384) -> Iterator[None]:
    """Bound what the kernel queues for a reader, for as long as this lasts; without the right to, nothing changes."""
    setting = Path("/proc/sys/net/ipv4/tcp_rmem")
    try:
        before = setting.read_text()
        setting.write_text(f"4096 {bytes_a_socket} {bytes_a_socket}")
    except OSError:
        print("The sockets' queues stay as they are: changing them takes root.", file=sys.stderr)
        yield
        return
    try:
        yield
    finally:
        setting.write_text(before)


class TruthServer:
    """A running truth server; options as of truth_server.py (`step=0.05` is `--step 0.05`)."""

    def __init__(self, cores: Iterable[int] = (SERVER_CORE,), **options: float) -> None:
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        argv = [sys.executable, HERE / "truth_server.py", *words]
        self.process = spawn(argv, cores, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        port = self.process.stdout.readline()
        if not port:
            raise SystemExit("The truth server did not start.")
        self.url = f"http://127.0.0.1:{int(port)}/v1"

    def __enter__(self) -> "TruthServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def go_first(self) -> None:
        """Let it run the moment it is due, before all that shares its core, if we may: it keeps the time.

        Not for a server that writes flat out: it would let nothing else run.
        """
        with contextlib.suppress(PermissionError):
            os.sched_setscheduler(self.process.pid, os.SCHED_FIFO, os.sched_param(1))

    def get(self, page: str) -> Any:
        """`count`, `truth` or `arrivals`: see truth_server.py."""
        with urllib.request.urlopen(f"{self.url}/{page}", timeout=60) as response:
            return json.load(response)

    def wait_for(
        self, ready: Callable[[dict[str, Any]], bool], process: subprocess.Popen[bytes], seconds: float
    ) -> Any:
        """Wait until the count is as wanted; gives it.

        Raises:
            RuntimeError: the client ended before, or it took too long.
        """
        until = time.monotonic() + seconds
        while True:
            count: dict[str, Any] = self.get("count")
            if ready(count):
                return count
            if process.poll() is not None:
                raise RuntimeError(f"it ended with status {process.returncode}")
            if time.monotonic() > until:
                raise RuntimeError(f"it took longer than {seconds:.0f} s; the server saw {count}")
            time.sleep(0.1)


@dataclass(frozen=True)
class Window:
    """What happened between two moments. CPU in seconds."""

    seconds: float
    chunks: float
    client_cpu: float
    reads: int
    """Read calls of the client that the kernel counts: all of uvloop's, none of asyncio's own loop."""
    server_cpu: float
    others_cpu: float
    """What everybody else on this machine used."""

    @property
    def us_a_chunk(self) -> float:
        """Microseconds of the client's CPU a chunk."""
        return self.client_cpu / self.chunks * 1e6

    @property
    def chunks_a_read(self) -> float:
        """How many chunks came in one read."""
        return self.chunks / self.reads if self.reads else 0.0

    @property
    def chunks_a_second(self) -> float:
        """Chunks a second."""
        return self.chunks / self.seconds

    @property
    def others(self) -> float:
        """What others used of one core, 1.0 being all of it."""
        return self.others_cpu / self.seconds


def family(pid: int) -> list[psutil.Process]:
    """A process and all its descendants."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def workers(pid: int) -> list[psutil.Process]:
    """The load workers of a running `stress`."""
    found = []
    for process in family(pid):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if "stress.session.worker" in process.cmdline():
                found.append(process)
    return found


def cpu(processes: Iterable[psutil.Process]) -> float:
    """Seconds of CPU that these have used, user and system."""
    used = 0.0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            used += times.user + times.system
    return used


def everyone() -> float:
    """Seconds of CPU that all processes of this machine have used, those that have ended included."""
    used = 0.0
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess):
            used += sum(process.cpu_times()[:4])  # user, system, and those of children that have ended
    return used


def watch(
    server: TruthServer, client: Sequence[psutil.Process], seconds: float, ours: Sequence[psutil.Process] = ()
) -> Window:
    """Measure these client processes for so long. `ours` are further processes that are not "others".

    The chunks are those that the client has read, by the kernel's count of its bytes: what the server has sent may
    still wait in a socket.
    """
    serving = psutil.Process(server.process.pid)
    known = [serving, psutil.Process(), *client, *ours]
    chunks_a_byte = server.get("count")["chunks_a_byte"]

    def read() -> tuple[float, float, int, float, float, float]:
        others = everyone() - cpu(known)
        inputs = [process.io_counters() for process in client]
        octets, reads = sum(counters.read_chars for counters in inputs), sum(counters.read_count for counters in inputs)
        return time.monotonic(), octets * chunks_a_byte, reads, cpu(client), cpu([serving]), others

    before = read()
    time.sleep(seconds)
    span, chunks, reads, used, served, others = (b - a for a, b in zip(before, read(), strict=True))
    return Window(span, chunks, used, int(reads), served, max(0.0, others))


def wait_quiet(patience: float = 120.0) -> None:
    """Wait until others leave the machine alone for two seconds, but not for ever."""
    until = time.monotonic() + patience
    quiet = 0
    while quiet < 2 and time.monotonic() < until:
        before = everyone()
        time.sleep(1)
        quiet = quiet + 1 if everyone() - before < QUIET_SHARE else 0


class Terminal(NamedTuple):
    """A terminal's two ends, as file descriptors."""

    theirs: int
    """For the process that has it."""
    ours: int
    """Where its keys are pressed; somebody reads it."""


@contextlib.contextmanager
def terminal(columns: int = 120, rows: int = 40, hear: Callable[[bytes], object] = len) -> Iterator[Terminal]:
    """A terminal of this size, read as fast as it comes; `hear` gets what was written, in a thread of its own."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))

    def look() -> None:
        with contextlib.suppress(OSError):  # nobody writes any more
            while data := os.read(ours, 65536):
                hear(data)

    viewer = threading.Thread(target=look, daemon=True)
    viewer.start()
    try:
        yield Terminal(theirs, ours)
    finally:
        os.close(theirs)
        viewer.join(5)
        os.close(ours)


@contextlib.contextmanager
def stress(
    url: str, *options: object, cores: Iterable[int] = (CLIENT_CORE,), scenario: object = ALONE, screen: bool = False
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """`stress ramp` against this server, and the directory of its run; ended and removed when the block ends.

    With `screen` it draws the live screen on a terminal of 120 x 40, else nothing.
    """
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as closing:
        out = Path(scratch) / "run"
        argv = [sys.executable, "-m", "stress", "ramp", "--url", url, "--scenario", scenario, "--out", out]
        argv += ["--ui", "tui" if screen else "none", *map(str, options)]
        if screen:
            tty = closing.enter_context(terminal()).theirs
            environment = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
            process = spawn(argv, cores, stdin=tty, stdout=tty, stderr=tty, env=environment)
        else:
            log = closing.enter_context((Path(scratch) / "log").open("w+b"))
            process = spawn(argv, cores, stdout=log, stderr=log)
        try:
            yield process, out
        except RuntimeError as trouble:
            if not screen:
                log.seek(0)
                trouble = RuntimeError(f"{trouble}: {log.read().decode(errors='replace').strip()[-500:]}")
            raise SystemExit(f"stress: {trouble}") from None
        finally:
            end(process)


def separate(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Put the workers of a running `stress` on the client's core, alone; gives them."""
    found = workers(process.pid)
    for worker in found:
        worker.cpu_affinity([CLIENT_CORE])
    return found


def summary(out: Path) -> dict[str, Any]:
    """The summary of a finished run."""
    found: dict[str, Any] = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    return found


def median(values: Iterable[float]) -> float:
    """The median."""
    return float(statistics.median(values))


def machine() -> str:
    """Machine, versions, date and load in two lines."""
    name = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    gib = psutil.virtual_memory().total / 2**30
    libraries = ", ".join(f"{library} {version(library)}" for library in ("uvloop", "httptools", "msgspec"))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {name}, {len(CORES)} cores, {gib:.0f} GiB · "
        f"Linux {platform.release()} · Python {platform.python_version()}, {libraries}, "
        f"agent-stress {version('agent-stress')}{_commit()}\nload average at the end: {load}"
    )


def _commit() -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    said = subprocess.run(
        [git, "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return f" ({said.stdout.strip()})" if said.returncode == 0 else ""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [head, *cells]) for column in range(len(head))]

    def line(row: Sequence[str]) -> str:
        texts = (
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        return f"| {' | '.join(texts)} |"

    rule = "|".join(
        "-" * (width + 2) if column == 0 else "-" * (width + 1) + ":" for column, width in enumerate(widths)
    )
    return "\n".join([line(head), f"|{rule}|", *map(line, cells)])


def verdict(holds: bool) -> str:
    """How a table says whether an acceptance line holds."""
    return "holds" if holds else "DOES NOT HOLD"
