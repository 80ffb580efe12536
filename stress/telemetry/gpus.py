"""The one small interface to GPUs, whether a maker's library reads them or another machine's exporter."""

from typing import Protocol

from stress.readings import GpuReading
from stress.telemetry.machine_gpu import LocalGpus


class GpuSource(Protocol):
    """Where readings of GPUs come from. Its methods may take their time: they are called in a thread of their own."""

    @property
    def origin(self) -> str:
        """What it is, for people: `NVML`, or an exporter's address."""

    def read(self) -> tuple[GpuReading, ...]:
        """A reading of every GPU, always in the same order. What cannot be read is None; it raises nothing."""


def local_gpus() -> LocalGpus | None:
    """The GPUs of this machine, NVIDIA's before AMD's; None where there is no driver or no GPU."""
    from stress.telemetry.amd import open_amd
    from stress.telemetry.nvml import open_nvml

    return open_nvml() or open_amd()
