"""Whose GPU is whose: which of a machine's GPUs the engine under test computes on."""

import time
from collections.abc import Callable, Collection, Sequence

from stress.telemetry.engine_processes import family
from stress.telemetry.machine import GpuSource
from stress.telemetry.machine_gpu import LocalGpus, MachineGpu

LOOK_EVERY_S = 5.0
GROWTH_BYTES = 512 << 20
"""An engine takes at least so much of a GPU that it uses; its CUDA context alone takes about as much."""


def engine_gpus(
    processes: Sequence[frozenset[int] | None],
    engine: Collection[int],
    inventory: Sequence[MachineGpu],
    devices: Collection[str] | None,
    before: Sequence[MachineGpu] | None,
) -> frozenset[int] | None:
    """The places of the engine's GPUs; None if they are not known.

    The driver's word on who computes where comes first. In a container it has the host's numbers, which mean nothing
    here: then the GPUs that the engine was shown are its own, and of those only the ones whose memory grew since before
    its start.

    Args:
        processes: for each GPU, who computes on it; None where the driver does not say.
        engine: the engine's processes.
        inventory: the GPUs at this moment.
        devices: the UUIDs that it was shown; None: all.
        before: the GPUs before it was started; None: not known.
    """
    by_process = frozenset(place for place, users in enumerate(processes) if users and users & set(engine))
    if by_process:
        return by_process
    shown = {place for place, gpu in enumerate(inventory) if devices is None or gpu.uuid in devices}
    if before is not None:
        used = {gpu.uuid: gpu.mem_used for gpu in before}
        grown = frozenset(place for place in shown if _grew(used.get(inventory[place].uuid), inventory[place].mem_used))
        if grown:
            return grown
    return frozenset(shown) if devices is not None and shown else None


def _grew(before: int | None, now: int | None) -> bool:
    return before is not None and now is not None and now - before >= GROWTH_BYTES


class Owner:
    """Looks every few seconds: engines take their GPUs one after another while they start."""

    def __init__(
        self,
        roots: Callable[[], set[int]],
        devices: Collection[str] | None,
        before: Sequence[MachineGpu] | None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`roots` returns the engine's first processes; `devices` and `before` are as in `engine_gpus`."""
        self._roots = roots
        self._devices = devices
        self._before = before
        self._now = now
        self._looked: float | None = None
        self._places: frozenset[int] | None = None

    def places(self, source: GpuSource) -> frozenset[int] | None:
        """The places of the engine's GPUs; None while they are not known, or where the source is another machine."""
        if not isinstance(source, LocalGpus):
            return None
        if self._looked is None or self._now() - self._looked >= LOOK_EVERY_S:
            self._looked = self._now()
            engine = family(self._roots())
            processes = source.processes()
            found = engine_gpus(processes, engine, source.inventory(), self._devices, self._before)
            if found is not None:
                # A lost GPU says nothing: it stays whose it was.
                silent = {place for place in self._places or () if processes[place : place + 1] == (None,)}
                self._places = found | silent
        return self._places
