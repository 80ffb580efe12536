"""The one supervisor of engines' processes: start, wait until ready, watch, stop. It knows no engine by name."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, BinaryIO

import platformdirs

from stress.client.failures import one_line
from stress.engines.adapter import Adapter, Launch
from stress.engines.log_lines import LogTrouble, first_error
from stress.engines.reaper import ENDED, GRACE_S
from stress.errors import NoServerError
from stress.telemetry.machine_gpu import MachineGpu

Say = Callable[[str], None]

KEPT_LINES = 2000
"""Of the log's newest lines, for what is asked of it before it has a file."""
LONGEST_LINE = 1 << 20


class EngineProcess:
    """An engine's process, started; ready when `wait_until_ready` returns. Any thread may ask it anything."""

    def __init__(self, adapter: Adapter, launch: Launch, port: int, version: str | None = None) -> None:
        """Start it: returns at once. `version` is that of what is installed."""
        self.adapter = adapter
        self.version = version
        self.root = f"http://127.0.0.1:{port}"
        """The server's address, without /v1."""
        self.launch = launch
        self.devices: tuple[str, ...] | None = None
        """The UUIDs of the GPUs that it is shown; None: all."""
        self.gpus_before: tuple[MachineGpu, ...] | None = None
        """The machine's GPUs as they were before its start; None: it uses none."""
        self._port = port
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._file: BinaryIO | None = None
        self._lock = threading.Lock()
        self._log: deque[str] = deque(maxlen=KEPT_LINES)
        self._lines = 0
        """Lines of the log since the newest start."""
        self._troubles: dict[str, tuple[LogTrouble, str]] = {}
        """By name: what the log says is wrong, and the first line that says so."""
        self._step = ""
        self._stopped = False
        self._start()

    def _start(self) -> None:
        take_port(self._port)
        self._code: int | None = None
        self._said_ready = self.adapter.ready_line is None
        cwd = self._write_files()
        job = json.dumps({"argv": self.launch.argv, "cwd": cwd, "grace_s": GRACE_S})
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-m", "stress.engines.reaper", job],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | dict(self.launch.env),
            # The terminal's Ctrl-C goes to its whole process group: ours must drain first.
            start_new_session=True,
        )
        self._ended = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(self._popen, self._ended), daemon=True)
        self._reader.start()

    def _write_files(self) -> str | None:
        if not self.launch.files:
            return None
        if self._directory is None:
            self._directory = tempfile.TemporaryDirectory(prefix="agent-stress-")
        for name, text in self.launch.files.items():
            Path(self._directory.name, name).write_text(text)
        return self._directory.name

    def _read(self, popen: "subprocess.Popen[bytes]", ended: threading.Event) -> None:
        """Keep the log, and what it says: how far the start is, and what is wrong."""
        assert popen.stdout is not None
        with popen.stdout as log:
            for line in _lines(log):
                if line.startswith(ENDED):
                    self._code = int(line.removeprefix(ENDED))
                elif line:
                    self._take(line)
        ended.set()

    def _take(self, line: str) -> None:
        with self._lock:
            self._log.append(line)
            self._lines += 1
            if self._file is not None:
                self._file.write(line.encode() + b"\n")
            if self.adapter.ready_line is not None and self.adapter.ready_line.search(line):
                self._said_ready = True
            for step in self.adapter.steps:
                if found := step.regex.search(line):
                    self._step = step.words.format(*found.groups(default="?"))
            for trouble in self.adapter.troubles:
                if trouble.name not in self._troubles and trouble.regex.search(line):
                    self._troubles[trouble.name] = (trouble, line)

    def log_to(self, path: Path) -> None:
        """Write the log to this file from now on; the first file also gets what is kept of it so far."""
        with self._lock:
            before, self._file = self._file, path.open("ab", buffering=0)
            if before is not None:
                before.close()
                return
            self._file.write("".join(f"{line}\n" for line in self._log).encode())

    @property
    def log(self) -> list[str]:
        """The log's newest lines."""
        with self._lock:
            return list(self._log)

    @property
    def troubles(self) -> list[tuple[str, str]]:
        """What is wrong, by the log so far: each trouble's name and its line, each name once."""
        with self._lock:
            return [(name, one_line(line)) for name, (_, line) in self._troubles.items()]

    def wait_until_ready(self, progress: Say) -> None:
        """Wait until it serves. `progress` is called with how far it is, when that changes and every few seconds.

        Raises:
            NoServerError: it ended before, or takes too long; the sentence has the reason from its log.
        """
        began = time.monotonic()
        said, said_at = "", began
        while not self._ended.wait(0.02 if time.monotonic() - began < 2 else 0.25):
            now = time.monotonic()
            if self._answers():
                return
            if now - began > self.adapter.start_limit_s:
                waited = f"{self.adapter.start_limit_s:g} s"
                raise NoServerError(
                    f"{self.adapter.title} did not answer within {waited}: {self._reason()}{self.keep_log()}."
                )
            if self._step != said or now - said_at >= 5:
                said, said_at = self._step, now
                progress(f"{self.adapter.title}: {said or 'starting'} · {now - began:.0f} s")
        raise NoServerError(f"{self.adapter.title} did not start: {self._reason()}{self.keep_log()}.")

    def keep_log(self) -> str:
        """Keep the log of an engine that has no run's directory; says where, as a clause, empty if it cannot."""
        path = platformdirs.user_log_path("agent-stress") / f"{self.adapter.name}.log"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{line}\n" for line in self.log))
        except OSError:
            return ""
        return f"; its log is {path}"

    def _answers(self) -> bool:
        if not self._said_ready:
            return False
        try:
            with direct.open(self.root + self.adapter.ready_path, timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, ValueError):
            return False

    @property
    def pid(self) -> int:
        """The process that all of its others descend from."""
        return self._popen.pid

    def alive(self) -> bool:
        """It runs."""
        return not self._ended.is_set()

    def death(self) -> str | None:
        """Why it is gone, in a sentence; None while it runs, or if it was stopped."""
        if self._stopped or self.alive():
            return None
        return f"{self.adapter.title} died ({how_it_ended(self._code)}): {self._reason()}."

    def _reason(self) -> str:
        """The trouble that its log names, with the line; else the log's first error, which others follow from."""
        with self._lock:
            troubles, log = list(self._troubles.values()), list(self._log)[max(0, len(self._log) - self._lines) :]
        error = first_error(log)
        if troubles:
            found, line = troubles[0]
            # A line that says that it is dead comes after what killed it.
            line = error if found.name == "engine_dead" and error else first_error([line]) or line
            advice = f"; {found.advice}" if found.advice else ""
            return f"{found.name}: {one_line(line).rstrip('.')}{advice}"
        last = f"the last line of its log is: {log[-1]}" if log else "its log is empty"
        return one_line(error or last).rstrip(".")

    def restart(self, progress: Say) -> None:
        """Start it again after it died, on the same port, and wait until it serves.

        Raises:
            NoServerError: as `wait_until_ready`; or it was stopped.
        """
        self._reap()
        with self._lock:
            if self._stopped:
                raise NoServerError(f"{self.adapter.title} was stopped before it was back.")
            self._troubles.clear()
            self._step, self._lines = "", 0
            self._start()
        self.wait_until_ready(progress)

    def stop(self) -> None:
        """End it with all its processes; doing so again does nothing, and a restart under way gives up."""
        with self._lock:
            self._stopped = True
        self._reap()
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
        if self._directory is not None:
            self._directory.cleanup()

    def _reap(self) -> None:
        """Closing the pipe ends the reaper, which ends the engine; if the reaper is killed, the kernel does."""
        assert self._popen.stdin is not None
        self._popen.stdin.close()
        try:
            self._popen.wait(GRACE_S + 5)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait(5)
        self._reader.join(1)


def _lines(log: IO[bytes]) -> Iterator[str]:
    """A log's lines as they come; a progress bar that is written over itself is a line each time."""
    rest = b""
    while piece := os.read(log.fileno(), 1 << 16):
        *whole, rest = (rest + piece).replace(b"\r", b"\n").split(b"\n")
        rest = rest[-LONGEST_LINE:]
        yield from (line.decode(errors="replace").strip() for line in whole)
    yield rest.decode(errors="replace").strip()


def how_it_ended(code: int | None) -> str:
    """An exit status in words; None: it is not known."""
    if code is None:
        return "its supervisor was killed"
    try:
        return signal.Signals(-code).name if code < 0 else f"exit status {code}"
    except ValueError:
        return f"signal {-code}"


def free_port() -> int:
    """A port of the loopback interface that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def take_port(port: int) -> None:
    """See that a port is free.

    Raises:
        NoServerError: it is in use, or we may not use it.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise NoServerError(
                f"Port {port} is not available ({error.strerror}); stop what uses it, choose another with port=, "
                "or use the server there with --url."
            ) from None


# The loopback interface is never behind a proxy, whatever the environment says.
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
