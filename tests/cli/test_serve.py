"""`stress serve` as its users run it: a process that is interrupted, killed, or loses its engine."""

import os
import pty
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from fake_adapter import running, until
from stress_process import environment, stress


class Served:
    """A `stress serve` that serves, with its URL."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stdout is not None
        self.url = process.stdout.readline().strip()
        self.below = psutil.Process(process.pid).children(recursive=True) if self.url else []

    def engine(self) -> psutil.Process:
        """The engine itself: what the guard runs."""
        return psutil.Process(self.process.pid).children(recursive=True)[-1]

    def gone(self) -> bool:
        return not any(running(process.pid) for process in self.below)

    def read_until(self, words: str) -> str:
        """What it says on stderr up to the line with these words."""
        assert self.process.stderr is not None
        said = ""
        while words not in said:
            line = self.process.stderr.readline()
            assert line, said
            said += line
        return said

    def end(self) -> tuple[int, str]:
        """Its status and what it said on stderr, once it has ended."""
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


@pytest.fixture
def serve(tmp_path: Path):
    """Starts `stress serve embedded,np=2`; none outlives its test."""
    started: list[subprocess.Popen[str]] = []

    def serve(*words: str) -> Served:
        command = [sys.executable, "-m", "stress", "serve", "embedded,np=2", *words]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        env = environment(XDG_STATE_HOME=str(tmp_path / "state"))
        started.append(subprocess.Popen(command, env=env, text=True, **pipes))
        return Served(started[-1])

    yield serve
    for process in started:
        process.kill()
        process.communicate()


def answers(url: str) -> bool:
    with urllib.request.urlopen(f"{url}/models", timeout=10) as answer:
        return bool(answer.status == 200)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_serves_until_it_is_told_to_stop_and_that_is_no_failure(
    serve: Callable[..., Served], number: signal.Signals
):
    served = serve()
    assert answers(served.url)
    served.process.send_signal(number)
    status, said = served.end()
    assert status == 0, said
    assert "have stopped" in said
    assert served.gone()


def test_it_says_who_serves(serve: Callable[..., Served]):
    said = serve().read_until("Press Ctrl-C")
    for words in ("engine ", "model ", "3,072 tokens", "2 requests at a time", "stress ramp --url http://127.0.0.1:"):
        assert words in said


def test_a_model_of_model_make_is_served_and_loaded_by_its_url(tmp_path: Path):
    made = stress("model", "make", "micro", "--format", "gguf", "--out", str(tmp_path))
    assert made.returncode == 0, made.stderr
    command = [sys.executable, "-m", "stress", "serve", f"{made.stdout.strip()},np=2"]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, env=environment(), text=True, **pipes)
    try:
        served = Served(process)
        said = served.read_until("Press Ctrl-C")
        assert "llama.cpp on the CPU" in said
        assert "micro-f16" in said
        assert "weights are random" in said
        assert "toy" not in said
        ramp = ("--agents", "1", "--over", "1s", "--hold", "1s", "--max-tokens", "8", "--ui", "plain")
        loaded = stress("ramp", "--url", served.url, *ramp, "--out", str(tmp_path / "run"))
        assert loaded.returncode == 0, loaded.stderr
        assert "0 failed" in loaded.stdout
        process.send_signal(signal.SIGINT)
        assert served.end()[0] == 0
    finally:
        process.kill()
        process.communicate()


def test_killed_it_leaves_nothing_behind(serve: Callable[..., Served]):
    served = serve()
    served.process.kill()
    until(served.gone)


def test_an_engine_that_dies_ends_it_with_a_sentence_and_status_1(serve: Callable[..., Served], tmp_path: Path):
    served = serve()
    served.engine().kill()
    status, said = served.end()
    assert status == 1
    last = said.splitlines()[-1]
    assert last.startswith("stress: ")
    assert "died (SIGKILL)" in last
    assert list((tmp_path / "state").rglob("embedded.log"))
    assert served.gone()


def test_an_engine_that_dies_comes_back_if_asked(serve: Callable[..., Served]):
    served = serve("--restart-engine")
    served.engine().kill()
    served.read_until("is back after")
    assert answers(served.url)
    served.process.send_signal(signal.SIGINT)
    assert served.end()[0] == 0


def test_on_a_terminal_ctrl_c_stops_it():
    main, end = pty.openpty()
    command = [sys.executable, "-m", "stress", "serve", "embedded,np=2"]
    process = subprocess.Popen(
        command,
        env=environment(),
        stdin=end,
        stdout=end,
        stderr=end,
        start_new_session=True,
        preexec_fn=lambda: _own(end),  # noqa: PLW1509 (this process has no other threads)
    )
    os.close(end)
    said = b""
    while b"Press Ctrl-C" not in said:
        said += os.read(main, 4096)
    os.write(main, b"\x03")
    assert process.wait(30) == 0
    os.close(main)


def _own(terminal: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def test_a_port_in_use_is_never_taken():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = stress("serve", f"embedded,port={port}")
    assert result.returncode == 4
    assert f"Port {port} is not available" in result.stderr
    assert result.stdout == ""


def test_a_log_that_cannot_be_written_is_said_before_the_start(tmp_path: Path):
    result = stress("serve", "embedded", "--log", str(tmp_path / "no" / "log"))
    assert result.returncode == 2
    assert "can't be written" in result.stderr


@pytest.mark.parametrize("engine", ["nonsense", "vllm", "embedded,np=0"])
def test_an_engine_that_is_written_wrongly_is_status_2(engine: str):
    result = stress("serve", engine)
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1
