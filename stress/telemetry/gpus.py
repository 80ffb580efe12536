"""The one small interface behind which a maker's library, or another machine's exporter, gives its GPUs."""

from typing import Protocol, runtime_checkable

from stress.readings import GpuReading
from stress.telemetry.machine_gpu import MachineGpu


class GpuSource(Protocol):
    """Where readings of GPUs come from. Its methods may take their time: they are called in a thread of their own."""

    @property
    def origin(self) -> str:
        """What it is, for people: `NVML`, or an exporter's address."""
        ...

    def read(self) -> tuple[GpuReading, ...]:
        """A reading of every GPU, always in the same order. What cannot be read is null; it raises nothing."""
        ...


@runtime_checkable
class LocalGpus(GpuSource, Protocol):
    """The GPUs of this machine."""

    def inventory(self) -> list[MachineGpu]:
        """What does not change about them."""
        ...

    def processes(self) -> tuple[frozenset[int] | None, ...]:
        """For each GPU the processes that compute on it, by their numbers as the driver sees them.

        Null: it does not say. In a container these are the host's numbers.
        """
        ...


def local_gpus() -> LocalGpus | None:
    """The GPUs of this machine, NVIDIA's before AMD's; null where there is no driver or no GPU."""
    from stress.telemetry.amd import open_amd
    from stress.telemetry.nvml import open_nvml

    return open_nvml() or open_amd()
