"""This machine's GPUs and host as a page in the DCGM exporter's format, for a stress client on another machine."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Literal, Self

from stress.events import Event, Host
from stress.readings import GpuReading
from stress.telemetry.dcgm_names import BUSIEST_CPU, HOST_PREFIX, METRICS, PROGRAMS_CPU, SLOWDOWNS, to_values
from stress.telemetry.engine_processes import EngineProcesses, first_processes
from stress.telemetry.machine import HostReader
from stress.telemetry.machine_gpu import LocalGpus
from stress.telemetry.sampler import Sampler

READ_EVERY_S = 0.5
STALE_AFTER_S = 3.0
"""Older readings are not shown: whoever reads the page has to see that there are none."""
PATH = "/metrics"


def gpu_page(gpus: Sequence[GpuReading], uuids: Mapping[int, str], host: str) -> str:
    """The GPUs in the exporter's format. One that is lost is left out, and so is what could not be read.

    Args:
        gpus: the readings.
        uuids: the GPUs' own numbers, by index.
        host: this machine's name.
    """
    values = [(gpu, to_values(gpu)) for gpu in gpus if gpu.lost is None]
    lines: list[str] = []
    for metric in (*METRICS, SLOWDOWNS):
        samples = [(_gpu_labels(gpu, uuids, host), found[metric]) for gpu, found in values if metric in found]
        lines += _family(metric.name, metric.words, metric.kind, samples)
    return "".join(lines)


def host_page(load: Host) -> str:
    """The host in Prometheus' format; DCGM has no names for it."""
    cores = [({"core": str(core)}, percent) for core, percent in enumerate(load.cores)]
    families: tuple[tuple[str, str, list[tuple[dict[str, str], float]]], ...] = (
        ("cpu_percent", "Load of a core (in %).", cores),
        ("memory_used_bytes", "Memory in use (in bytes).", [({}, float(load.mem_used))]),
        ("memory_total_bytes", "Total memory (in bytes).", [({}, float(load.mem_total))]),
        (PROGRAMS_CPU, "Cores that the programs on the GPUs use together.", _one(load.engine_cpu)),
        (BUSIEST_CPU, "Cores that the busiest process of these programs uses.", _one(load.engine_cpu_busiest)),
    )
    return "".join(
        line for name, words, samples in families for line in _family(HOST_PREFIX + name, words, "gauge", samples)
    )


def _one(value: float | None) -> list[tuple[dict[str, str], float]]:
    return [] if value is None else [({}, value)]


def _gpu_labels(gpu: GpuReading, uuids: Mapping[int, str], host: str) -> dict[str, str]:
    return {
        "gpu": str(gpu.index),
        "UUID": uuids.get(gpu.index, ""),
        "device": f"nvidia{gpu.index}",
        "modelName": gpu.name,
        "Hostname": host,
    }


def _family(
    name: str, words: str, kind: Literal["gauge", "counter"], samples: Iterable[tuple[Mapping[str, str], float]]
) -> list[str]:
    lines = []
    for labels, value in samples:
        inner = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        number = int(value) if value.is_integer() else value
        lines.append(f"{name}{{{inner}}} {number}\n" if inner else f"{name} {number}\n")
    return [f"# HELP {name} {words}\n", f"# TYPE {name} {kind}\n", *lines] if lines else []


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


class Exporter:
    """Reads this machine in a thread; its page has the newest readings."""

    def __init__(
        self,
        gpus: LocalGpus,
        load: Callable[[], Host] | None = None,
        now: Callable[[], float] = time.monotonic,
        host: str | None = None,
    ) -> None:
        """`now` returns seconds on a clock that never goes back; `host` is this machine's name if it has another."""
        self._gpus = gpus
        self._load = load or HostReader(now, EngineProcesses(self._programs)).load
        self._now = now
        self._host = host or socket.gethostname()
        self._uuids = {gpu.index: gpu.uuid for gpu in gpus.inventory()}
        self._newest: tuple[float, tuple[GpuReading, ...], Host] | None = None
        # What cannot be read goes unreported: the page shows for how long there was none, and the next one may come.
        self._sampler = Sampler("telemetry", READ_EVERY_S, self.read, lambda _: None, now)

    def _programs(self) -> set[int]:
        return first_processes(pid for pids in self._gpus.processes() for pid in pids or ())

    def __enter__(self) -> Self:
        """Read twice a second from now on. A driver that hangs holds up nothing but the readings."""
        self._load()  # a core's load is that since the call before
        self._sampler.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Read no more; what is still being read has a second to end."""
        self._sampler.stop()
        self._sampler.join(1.0)

    def read(self) -> list[Event]:
        """Take the readings that the page shows from now on; no event comes of it."""
        began = self._now()
        self._newest = (began, self._gpus.read(), self._load())
        return []

    def page(self) -> str:
        """The newest readings; empty if there are none from the last 3 s."""
        newest = self._newest
        if newest is None or self._now() - newest[0] > STALE_AFTER_S:
            return ""
        _, gpus, load = newest
        return gpu_page(gpus, self._uuids, self._host) + host_page(load)


class PageServer(ThreadingHTTPServer):
    """Serves the page at `/metrics`, and nothing else."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int) -> None:
        """Takes the port at once; port 0 is any free one.

        Raises:
            OSError: it is in use, or the address is not this machine's.
        """
        self.page: Callable[[], str] = str
        self.address_family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        super().__init__((host, port), _Handler)

    @contextlib.contextmanager
    def serving(self, page: Callable[[], str]) -> Iterator[None]:
        """Answer with what `page` returns, in a thread, until the end of the block."""
        self.page = page
        thread = threading.Thread(target=self.serve_forever, args=(0.1,), name="metrics page", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.shutdown()

    def server_bind(self) -> None:
        """Take the port; http.server would ask the network for this machine's full name, which may take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no error."""


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    timeout = 5.0  # a client that never sends its request
    server_version = "agent-stress"

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != PATH:
            self.send_error(404, f"The metrics are at {PATH}")
            return
        body = self.server.page().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
