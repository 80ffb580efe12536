"""A run on a real terminal: its results stay until q, and then the process ends with the run's status."""

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time

from stress_process import environment

RAMP = ("ramp", "--agents", "2..4", "--over", "1s", "--hold", "1s", "--max-tokens", "8", "--ui", "tui")


def test_a_runs_results_wait_for_q_and_its_summary_is_left_behind(tmp_path):
    out = tmp_path / "run"
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    running = subprocess.Popen(
        [sys.executable, "-m", "stress", *RAMP, "--out", str(out)],
        env=environment(TERM="xterm-256color"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written, limit = b"", time.monotonic() + 90

    def read_until(words: bytes) -> None:
        nonlocal written
        while words not in written:
            assert time.monotonic() < limit, written[-500:]
            if select.select([ours], [], [], 0.1)[0]:
                written += os.read(ours, 65536)

    try:
        read_until(b"Press q to exit")
        assert json.loads((out / "run.json").read_text())["state"] == "done"
        assert running.poll() is None
        written = b""
        os.write(ours, b"q")
        read_until(b"saved       ")
        assert running.wait(30) == 0
    finally:
        running.kill()
        running.wait()
        os.close(ours)
