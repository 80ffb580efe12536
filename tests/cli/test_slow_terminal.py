"""A terminal that does not keep up: the screen waits for it, the swarm does not."""

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
import time

from stress_process import environment


def test_a_terminal_that_reads_nothing_at_all_neither_slows_the_run_nor_keeps_it_from_being_saved(tmp_path):
    out = tmp_path / "run"
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
    words = ["ramp", "--agents", "2..8", "--over", "4s", "--hold", "2s", "--max-tokens", "16", "--ui", "tui"]
    running = subprocess.Popen(
        [sys.executable, "-m", "stress", *words, "--out", str(out)],
        env=environment(TERM="xterm-256color"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        limit = time.monotonic() + 90
        while not (out / "summary.json").exists():
            assert time.monotonic() < limit
            assert running.poll() is None
            time.sleep(0.05)
        summary = json.loads((out / "summary.json").read_text())
    finally:
        running.kill()
        running.wait()
        os.close(ours)
    assert summary["agents_peak"] == 8
    assert summary["failed"] == 0
    # The schedule of six seconds was followed, and not stretched by the screen.
    assert 6 <= summary["duration"] < 12
