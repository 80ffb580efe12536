"""The fake engine's program (`fake_engine.py`) as an adapter, and what a test does with its process."""

import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil

from stress.engines.adapter import Adapter, EngineSpec, Launch
from stress.engines.installed import Installed
from stress.engines.log_lines import LogTrouble, step, trouble
from stress.engines.supervisor import EngineProcess, free_port

PROGRAM = Path(__file__).with_name("fake_engine.py")


class FakeEngine(Adapter):
    """Its flags are those of the program."""

    name = "fake"
    title = "The fake engine"
    how_to_get = "write it"
    keys = frozenset(("tp", "pp", "gpus", "port"))
    example = "fake:model"
    needs_model = False
    steps = (step(r"shards:\s+(\d+)%", "loading weights, {0} %"), step(r"capturing", "capturing graphs"))
    troubles = (
        trouble("out_of_gpu_memory", "CUDA out of memory", "take a smaller model"),
        trouble("nccl", "NCCL error"),
        trouble("port_in_use", "address already in use"),
    )

    def __init__(self, *flags: str, troubles: tuple[LogTrouble, ...] | None = None, start_limit_s: float = 30) -> None:
        self.flags = flags
        self.start_limit_s = start_limit_s  # type: ignore[misc]
        if troubles is not None:
            self.troubles = troubles  # type: ignore[misc]

    def find(self) -> Installed:
        """The program beside this file."""
        return Installed("1.0", str(PROGRAM), (sys.executable, str(PROGRAM)))

    def launch(self, base: tuple[str, ...], spec: EngineSpec, port: int) -> Launch:
        """The program with its port."""
        return Launch(argv=(*base, "--port", str(port), *self.flags))


def fake_process(*flags: str, port: int | None = None, **changes) -> EngineProcess:
    """A fake engine, started but not waited for."""
    adapter = FakeEngine(*flags, **changes)
    port = port or free_port()
    return EngineProcess(adapter, adapter.launch(adapter.find().base, EngineSpec(name="fake"), port), port)


def tell(process: EngineProcess, path: str, text: str) -> None:
    """Steer the engine: `/say` a line, or `/die` with a status."""
    request = urllib.request.Request(process.root + path, text.encode())
    with urllib.request.urlopen(request, timeout=20):
        pass


def pids(process: EngineProcess) -> list[int]:
    """The process ids of the engine and of those that it has started, by its newest start."""
    until(lambda: any(line.startswith("pids") for line in process.log))
    newest = [line for line in process.log if line.startswith("pids")][-1]
    return [int(word) for word in newest.split()[1:]]


def running(pid: int) -> bool:
    """The process is there, and not only as somebody's zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait for another process or thread: there is nothing to be told by, so look often."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it never happened"
        time.sleep(0.01)
