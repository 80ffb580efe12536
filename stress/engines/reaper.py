"""`python -m stress.engines.reaper ARGV-AS-JSON`: runs one engine, and sees that nothing of it is left over.

The reaper's standard input is a pipe that only our process holds: when our process ends, however it does, the reaper
ends the engine with all its processes, then itself. On Linux it adopts whatever its engine's processes leave behind, so
that even one that moved to a group of its own is found. The engine's output is the reaper's; its last line says how the
engine ended.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

ENDED = "agent-stress guard: the engine ended with"
GRACE_S = 8.0
"""An engine may take this long to end when asked to."""
_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36  # prctl(2)


def main() -> None:
    """Run the engine until it ends, or nobody needs it any more."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C is for our parent, which stops us when it has drained
    prctl = _prctl()
    prctl(_SET_CHILD_SUBREAPER, 1)
    job = json.loads(sys.argv[1])
    try:
        engine = subprocess.Popen(
            job["argv"],
            stdin=subprocess.DEVNULL,
            cwd=job["cwd"],
            start_new_session=True,
            # Should somebody kill us, the kernel ends the engine. There is no thread yet that could hold a lock.
            preexec_fn=lambda: prctl(_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509
        )
    except OSError as error:
        _say(f"{job['argv'][0]} can't be started: {error.strerror}")
        _say(f"{ENDED} 127")
        os._exit(127)
    grace = job["grace_s"]
    threading.Thread(target=_stop_with_parent, args=(engine, grace, sys.stdin.fileno()), daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=_stop, args=(engine, grace)).start())
    code = engine.wait()
    _end_group(engine.pid, signal.SIGKILL)
    _end_orphans()
    _say(f"{ENDED} {code}")
    os._exit(0)


def _prctl() -> Callable[[int, int], object]:
    """Linux' prctl(2); elsewhere something that does nothing."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            call = ctypes.CDLL(None).prctl
            return lambda option, value: call(option, int(value), 0, 0, 0)
    return lambda option, value: None


def _say(line: str) -> None:
    with suppress(OSError):  # nobody may be listening any more
        os.write(sys.stdout.fileno(), f"\n{line}\n".encode())


def _stop_with_parent(engine: subprocess.Popen[bytes], grace: float, pipe: int) -> None:
    parent = os.getppid()
    threading.Thread(target=_watch_parent, args=(engine, grace, parent), daemon=True).start()
    while os.read(pipe, 4096):
        pass
    _stop(engine, grace)


def _watch_parent(engine: subprocess.Popen[bytes], grace: float, parent: int) -> None:
    """Should a fork of our parent hold the pipe open, we are still handed to another parent when ours dies."""
    while os.getppid() == parent:
        time.sleep(1)
    _stop(engine, grace)


def _stop(engine: subprocess.Popen[bytes], grace: float) -> None:
    """Ask the engine to go, then make it; `main` notices and ends."""
    _end_group(engine.pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while _runs(engine.pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    _end_group(engine.pid, signal.SIGKILL)


def _runs(pid: int) -> bool:
    """The process is there and no zombie: `main` reaps it, so a missing one has ended."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _end_group(group: int, how: signal.Signals) -> None:
    with suppress(OSError):
        os.killpg(group, how)


def _end_orphans() -> None:
    """End what the engine's processes left to us, until nothing is left."""
    import psutil

    for _ in range(50):
        left = psutil.Process().children(recursive=True)
        if not left:
            return
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=0.2)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


if __name__ == "__main__":
    main()
