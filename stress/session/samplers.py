"""What samples the machine and the engine during a run, each in a thread of its own."""

import asyncio
from collections.abc import Callable
from functools import partial

from stress.events import Event, Source
from stress.session.plan import RunPlan
from stress.telemetry.dcgm import DcgmGpus
from stress.telemetry.engine_page import MetricsReader
from stress.telemetry.engine_processes import EngineProcesses
from stress.telemetry.gpus import GpuSource, local_gpus
from stress.telemetry.machine import GpuReader, HostReader
from stress.telemetry.ownership import Owner
from stress.telemetry.sampler import Sampler

MACHINE_PERIOD_S = 0.5
REMOTE_PERIOD_S = 1.0
"""An exporter's page takes longer to read, and is not renewed oftener."""
ENGINE_PERIOD_S = 1.0


class Samplers:
    """Started with the run, stopped at its end; `emit` is called in their threads."""

    def __init__(self, plan: RunPlan, now: Callable[[], float], emit: Callable[[Event], None]) -> None:
        self._now = now
        self._emit = emit
        self._remote = plan.gpu_metrics
        self._exporters = DcgmGpus(plan.gpu_metrics) if plan.gpu_metrics else None
        self._page = MetricsReader(plan.endpoint.base_url, plan.adapter, now, plan.endpoint.api_key)
        traces = plan.traces
        processes = EngineProcesses(traces.roots) if traces else None
        owner = Owner(traces.roots, traces.devices, traces.before) if traces and not self._remote else None
        gpus = GpuReader(self._open, now, owner.places if owner else None)
        host = HostReader(now, processes or self._exporters)
        make = partial(Sampler, emit=emit, now=now)
        self._samplers = [
            make("GPUs", REMOTE_PERIOD_S if self._remote else MACHINE_PERIOD_S, gpus.read),
            make("this machine", MACHINE_PERIOD_S, host.read),
            make("the engine's metrics", ENGINE_PERIOD_S, self._page.read),
        ]

    def start(self) -> None:
        """Begin. A source that hangs from the first moment on is announced all the same, and so found out."""
        origin = " and ".join(self._remote) if self._remote else "this machine's driver"
        self._emit(Source(t=self._now(), name="gpus", origin=origin))
        for sampler in self._samplers:
            sampler.start()

    def stop(self) -> None:
        """Sample no more."""
        for sampler in self._samplers:
            sampler.stop()

    async def read_last(self) -> list[Event]:
        """The engine's own counts at the run's end."""
        return await asyncio.to_thread(self._page.read_last)

    def _open(self) -> GpuSource | None:
        return self._exporters or local_gpus()
