"""The command in a terminal of its own: a real pty, which a test can write to, read, close and leave unread."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from stress_process import environment

PATIENCE_S = 25.0


def _take_terminal() -> None:
    """In the child: the pty becomes its controlling terminal, so that closing it sends SIGHUP."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class InTerminal:
    """`stress WORDS…` in a terminal of 120×40. As a context it ends the process, whatever became of it."""

    def __init__(
        self, *words: str, cwd: Path | None = None, controls: bool = True, reads: bool = True, **env: str
    ) -> None:
        """Start it.

        Args:
            words: the command line.
            cwd: its directory.
            controls: the terminal is the process's controlling one: closing it sends SIGHUP.
            reads: the terminal takes what is written to it.
            env: changes of the environment.
        """
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "stress", *words],
            cwd=cwd,
            env=environment(**{"TERM": "xterm-256color"} | env),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=_take_terminal if controls else None,  # noqa: PLW1509 (one call, before any thread of ours)
        )
        os.close(theirs)
        self.shown = b""
        """All that it has written so far."""
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        if reads:
            self._reader.start()

    def _read(self) -> None:
        while not self._closing.is_set():
            if select.select([self._ours], [], [], 0.05)[0]:
                try:
                    self.shown += os.read(self._ours, 65536)
                except OSError:  # the process has ended
                    return

    def write(self, text: str) -> None:
        """Type this."""
        os.write(self._ours, text.encode())

    def until(self, condition: Callable[[], object]) -> None:
        """Wait for it while the process runs."""
        limit = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < limit, self.shown[-2000:]
            assert self.process.poll() is None, self.shown[-2000:]
            time.sleep(0.05)

    def close(self) -> None:
        """Close the terminal, as a window that is closed or a connection that breaks."""
        self._closing.set()
        if self._reader.is_alive():
            self._reader.join()
        if self._ours >= 0:
            os.close(self._ours)
        self._ours = -1

    def read_rest(self) -> None:
        """Read to the end what an ended process has left."""
        self._reader.join(PATIENCE_S)

    def status(self) -> int:
        """The exit status, once it has ended."""
        return self.process.wait(PATIENCE_S)

    def __enter__(self) -> "InTerminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.close()
