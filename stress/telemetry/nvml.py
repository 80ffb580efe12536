"""NVIDIA GPUs, read through NVML (`nvidia-ml-py`). Every metric that cannot be read is null on its own."""

import time
from collections.abc import Callable
from typing import Any

from stress.readings import GpuReading
from stress.telemetry.machine_gpu import MachineGpu
from stress.telemetry.nvml_calls import LostError
from stress.telemetry.nvml_device import Device


class Nvml:
    """The NVIDIA GPUs of this machine. NVML ignores CUDA_VISIBLE_DEVICES: all of them are listed."""

    origin = "NVML"

    def __init__(self, library: Any, now: Callable[[], float] = time.monotonic) -> None:
        """`library` is the module `pynvml`, initialised; `now` gives seconds on a clock that never goes back."""
        # A GPU that fell off the bus keeps its place in the list, without readings.
        self._devices = [Device(library, index, now) for index in range(library.nvmlDeviceGetCount())]
        self._turn = 0

    def read(self) -> tuple[GpuReading, ...]:
        """A reading of every GPU."""
        # Where PCIe traffic has to be asked for it takes 40 ms a GPU: one GPU at a time has its turn.
        turn, self._turn = self._turn, (self._turn + 1) % max(1, len(self._devices))
        return tuple(device.read(pcie=place == turn) for place, device in enumerate(self._devices))

    def inventory(self) -> list[MachineGpu]:
        """What does not change about them."""
        return [device.inventory() for device in self._devices]

    def processes(self) -> tuple[frozenset[int] | None, ...]:
        """For each GPU the processes that compute on it; null: it does not say."""
        return tuple(device.processes() for device in self._devices)


def open_nvml() -> Nvml | None:
    """The NVIDIA GPUs of this machine, or null where there is no driver or no GPU."""
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
        gpus = Nvml(pynvml)
    except (pynvml.NVMLError, LostError):
        return None
    return gpus if gpus.inventory() else None
