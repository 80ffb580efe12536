"""The embedded engine: real llama.cpp from the wheel `xllamacpp`, on the CPU, with the toy model.

It runs as a child process (`stress.engines.child`) that cannot outlive this one. Only the child loads llama.cpp.
"""

import importlib.metadata
import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from stress.engines.child import READY
from stress.errors import NoServerError, UsageError
from stress.models.toy import toy_model

START_LIMIT_S = 20.0
LIMITS = {"np": (1, 256), "ctx": (256, 8192), "threads": (1, 256), "port": (0, 65535)}
"""256 is llama.cpp's limit of sequences, 8192 the toy model's of context."""


@dataclass(frozen=True)
class EmbeddedOptions:
    """How to run the embedded engine.

    The defaults suit 2 cores and 200 agents: a slot for every agent keeps its prompt cached and lets nobody queue
    (first tokens after 0.1 s instead of 3 s with 64 slots), and more threads gain nothing on so small a model.
    """

    np: int = 256
    """Slots: requests that are answered at the same time."""
    ctx: int = 3072
    """Tokens of context a slot; a slot of 3072 takes 0.75 MiB."""
    threads: int = 1
    """CPU threads that compute."""
    port: int = 0
    """On the loopback interface; 0 takes any free one."""

    @classmethod
    def parse(cls, written: dict[str, str]) -> Self:
        """From the options that the user wrote.

        Raises:
            UsageError: one is unknown, no whole number, or out of its range.
        """
        values = {}
        for key, text in written.items():
            if key not in LIMITS:
                raise UsageError(f"The embedded engine has no option {key!r}; it has {', '.join(LIMITS)}.")
            low, high = LIMITS[key]
            if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
                raise UsageError(f"{key}={text} is wrong: the embedded engine takes a {key} from {low} to {high}.")
            values[key] = int(text)
        return cls(**values)


class EmbeddedEngine:
    """A running embedded engine; `start_embedded` makes one. Leaving it as a context manager stops it."""

    def __init__(self, process: "_Process", options: EmbeddedOptions, model: Path) -> None:
        self._process = process
        props, models = _get(process.url, "/props"), _get(process.url, "/v1/models")
        self.url = f"{process.url}/v1"
        """The base URL for an OpenAI client."""
        self.facts: dict[str, Any] = {
            "engine": "embedded",
            "build": f"llama.cpp in xllamacpp {importlib.metadata.version('xllamacpp')}",
            "build_info": props["build_info"],
            "model": model.name,
            "n_params": models["data"][0]["meta"]["n_params"],
            "slots": props["total_slots"],
            "ctx": props["default_generation_settings"]["n_ctx"],
            "threads": options.threads,
            "device": "cpu",
        }
        """For `run.json`: what runs and how, as the server itself states it where it does."""

    def describe(self) -> str:
        """What is under test, in words."""
        return f"llama.cpp on the CPU with a toy model ({self.facts['n_params'] / 1e6:.1f} M parameters)"

    def alive(self) -> bool:
        """The engine's process runs."""
        return self._process.running()

    def death(self) -> str | None:
        """Why the engine is gone, in a sentence; None while it runs or if it was stopped."""
        return self._process.death()

    def stop(self) -> None:
        """End the engine at once; doing so again does nothing."""
        self._process.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()


def start_embedded(options: EmbeddedOptions, corpus: str, say: Callable[[str], None]) -> EmbeddedEngine:
    """Start the embedded engine and wait until it answers: about half a second with the model in the cache.

    Args:
        options: how to run it.
        corpus: the text whose words the toy model speaks.
        say: is told what takes long, a sentence at a time.

    Raises:
        NoServerError: it would not start; the sentence has the reason that its log gives.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise NoServerError(
            "The embedded engine needs the package xllamacpp, which is not installed here; "
            "install it where it has a wheel for this machine, or name a server with --url."
        )
    model = toy_model(corpus, say)
    process = _Process(options, model)
    try:
        process.wait_until_ready()
        return EmbeddedEngine(process, options, model)
    except BaseException:
        process.stop()
        raise


class _Process:
    """The child process, and the newest lines it wrote."""

    def __init__(self, options: EmbeddedOptions, model: Path) -> None:
        self.url = ""
        self._log: deque[str] = deque(maxlen=200)
        self._ready = threading.Event()
        self._stopped = False
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-m", "stress.engines.child", json.dumps(asdict(options) | {"model": str(model)})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # OpenMP threads that wait by spinning would take the core that the client needs.
            env=os.environ | {"OMP_WAIT_POLICY": "passive"},
            # The terminal's Ctrl-C goes to its whole process group: ours must drain first.
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name="engine log", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        """Keep the log's newest lines; the event is set when the server is ready, or can no longer become it."""
        assert self._popen.stdout is not None
        with self._popen.stdout as log:
            for raw in log:
                line = raw.decode(errors="replace").strip()
                if line.startswith(READY):
                    self.url = line.removeprefix(READY).strip()
                    self._ready.set()
                elif line:
                    self._log.append(line)
        self._ready.set()

    def wait_until_ready(self) -> None:
        limit = time.monotonic() + START_LIMIT_S
        self._ready.wait(START_LIMIT_S)
        while self.url and time.monotonic() < limit:
            if _is_healthy(self.url):
                return
            time.sleep(0.02)
        if not self.url and self._ready.is_set():
            self._popen.wait(5)
            raise NoServerError(f"The embedded engine would not start: {self._reason()}.")
        raise NoServerError(f"The embedded engine did not answer within {START_LIMIT_S:.0f} s: {self._reason()}.")

    def running(self) -> bool:
        return self._popen.poll() is None

    def death(self) -> str | None:
        if self._stopped or self.running():
            return None
        self._reader.join(1)
        return f"The embedded engine died ({_how_it_ended(self._popen.returncode)}): {self._reason()}."

    def _reason(self) -> str:
        """The log's first error, which the others follow from, else its last line."""
        log = list(self._log)
        errors = [line.partition(" E ")[2] for line in log if " E " in line]
        best = errors[0] if errors else log[-1] if log else "it wrote nothing to its log"
        return " ".join(best.split())[:300].rstrip(".")

    def stop(self) -> None:
        """Close the pipe, which ends the child; then SIGTERM, then SIGKILL, half a second each."""
        self._stopped = True
        assert self._popen.stdin is not None
        self._popen.stdin.close()
        for harder in (self._popen.terminate, self._popen.kill, None):
            try:
                self._popen.wait(0.5 if harder else 5)
                break
            except subprocess.TimeoutExpired:
                if harder is None:
                    raise
                harder()
        self._reader.join(1)


def _how_it_ended(code: int) -> str:
    try:
        return signal.Signals(-code).name if code < 0 else f"exit status {code}"
    except ValueError:
        return f"signal {-code}"


def _is_healthy(url: str) -> bool:
    try:
        return bool(_get(url, "/health"))
    except NoServerError:
        return False


# The loopback interface is never behind a proxy, whatever the environment says.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _get(url: str, path: str) -> Any:
    try:
        with _direct.open(url + path, timeout=5) as answer:
            return json.load(answer)
    except (OSError, ValueError) as wrong:
        raise NoServerError(f"The embedded engine does not answer {path}: {wrong}.") from wrong
