"""The GPUs of this machine, whichever maker's library reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from stress.readings import GpuReading


@dataclass(frozen=True)
class MachineGpu:
    """A GPU of this machine, as an engine's launch sees it."""

    index: int
    name: str
    uuid: str
    mem_total: int | None
    """Bytes."""
    mem_used: int | None = None
    """Bytes, by everybody, at this moment."""


class Device(Protocol):
    """One GPU behind its maker's library; it raises nothing."""

    def read(self) -> GpuReading:
        """A reading. What cannot be read is None."""

    def inventory(self) -> MachineGpu:
        """What does not change about it, and the memory in use."""

    def processes(self) -> frozenset[int] | None:
        """The processes that compute on it, by the driver's numbers: in a container, the host's. None: not known."""


class LocalGpus:
    """The GPUs of this machine. Each method answers for all of them, always in the same order."""

    origin: str
    """The library that reads them, for people."""
    devices: Sequence[Device]

    def read(self) -> tuple[GpuReading, ...]:
        """A reading of every GPU."""
        return tuple(device.read() for device in self.devices)

    def inventory(self) -> list[MachineGpu]:
        """What does not change about them, and the memory in use."""
        return [device.inventory() for device in self.devices]

    def processes(self) -> tuple[frozenset[int] | None, ...]:
        """Who computes on each of them."""
        return tuple(device.processes() for device in self.devices)
