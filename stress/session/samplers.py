"""What samples the machine and the engine during a run, each in a thread of its own."""

import asyncio
import contextlib
from collections.abc import Callable, Collection
from functools import partial

from stress.engines.metrics import MetricsReader
from stress.events import Event, Source
from stress.session.plan import EngineTraces, RunPlan
from stress.telemetry.dcgm import DcgmGpus
from stress.telemetry.engine_processes import EngineProcesses
from stress.telemetry.machine import GpuReader, GpuSource, HostReader, local_gpus
from stress.telemetry.ownership import Owner
from stress.telemetry.sampler import Sampler
from stress.telemetry.timeout import call_with_timeout

MACHINE_PERIOD_S = 0.5
REMOTE_PERIOD_S = 1.0
"""An exporter's page takes longer to read, and is not renewed oftener."""
ENGINE_PERIOD_S = 1.0
LAST_S = 1.0
"""The last reading may take so long."""


class Samplers:
    """Started with the run, stopped at its end; `emit` is called in their threads."""

    def __init__(self, plan: RunPlan, now: Callable[[], float], emit: Callable[[Event], None]) -> None:
        self._now = now
        self._emit = emit
        self._remote = plan.gpu_metrics
        self._exporters = DcgmGpus(plan.gpu_metrics) if plan.gpu_metrics else None
        self._page = MetricsReader(plan.endpoint.base_url, plan.target.adapter, now, plan.endpoint.api_key)
        traces = plan.traces
        processes = EngineProcesses(traces.roots) if traces else None
        self._gpus = GpuReader(lambda: self._exporters or local_gpus(), now, self._owned(traces))
        host = HostReader(now, self._exporters or processes)
        make = partial(Sampler, emit=emit, now=now)
        self._samplers = [
            make("GPUs", REMOTE_PERIOD_S if self._remote else MACHINE_PERIOD_S, self._gpus.read),
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
        """The GPUs' energy and the engine's own counts at the run's end."""
        return [*await asyncio.to_thread(self._last_gpus), *await asyncio.to_thread(self._page.read_last)]

    def _last_gpus(self) -> list[Event]:
        """A reading of the GPUs, unless the one before hangs."""
        sampler, *_ = self._samplers
        sampler.stop()
        sampler.join(LAST_S)
        with contextlib.suppress(TimeoutError):
            return [] if sampler.is_alive() else call_with_timeout(LAST_S, self._gpus.read)
        return []

    def _owned(self, traces: EngineTraces | None) -> Callable[[GpuSource], Collection[int] | None] | None:
        """Finds which GPUs are the engine's; None: they are an exporter's, and nobody knows whose."""
        if self._remote:
            return None
        if traces is None or traces.on_cpu:  # it runs elsewhere, or on no GPU: none of those here is its own
            return lambda _: ()
        return Owner(traces.roots, traces.devices, traces.before).places
