"""NVIDIA GPUs, read through NVML (`nvidia-ml-py`). Every metric that cannot be read is null on its own."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from stress.engines.feasible import MachineGpu
from stress.events import GpuReading

_T = TypeVar("_T")


class Nvml:
    """The NVIDIA GPUs of this machine. NVML ignores CUDA_VISIBLE_DEVICES: all of them are listed."""

    def __init__(self, library: Any) -> None:
        """`library` is the module `pynvml`, initialised."""
        self._nvml = library
        # A GPU that fell off the bus keeps its place in the list, without readings.
        count = library.nvmlDeviceGetCount()
        self._handles = [self._try(partial(library.nvmlDeviceGetHandleByIndex, index)) for index in range(count)]

    def read(self) -> tuple[GpuReading, ...]:
        """A reading of every GPU."""
        return tuple(self._read(index, handle) for index, handle in enumerate(self._handles))

    def inventory(self) -> list[MachineGpu]:
        """What does not change about them."""
        found = []
        for reading, handle in zip(self.read(), self._handles, strict=True):
            uuid = self._try(lambda handle=handle: self._nvml.nvmlDeviceGetUUID(handle)) or str(reading.index)  # type: ignore[misc]
            uuid = uuid.decode() if isinstance(uuid, bytes) else uuid
            found.append(MachineGpu(reading.index, reading.name, uuid, reading.mem_total, reading.mem_used))
        return found

    def _read(self, index: int, handle: Any) -> GpuReading:
        nvml = self._nvml
        utilisation = self._try(lambda: nvml.nvmlDeviceGetUtilizationRates(handle))
        # Version 2 leaves the driver's own reserve out of `used`, as nvidia-smi does.
        memory = self._try(lambda: nvml.nvmlDeviceGetMemoryInfo(handle, version=nvml.nvmlMemory_v2))
        memory = memory or self._try(lambda: nvml.nvmlDeviceGetMemoryInfo(handle))
        power = self._try(lambda: nvml.nvmlDeviceGetPowerUsage(handle))
        limit = self._try(lambda: nvml.nvmlDeviceGetEnforcedPowerLimit(handle))
        energy = self._try(lambda: nvml.nvmlDeviceGetTotalEnergyConsumption(handle))
        name = self._try(lambda: nvml.nvmlDeviceGetName(handle))
        return GpuReading(
            index=index,
            name=name.decode() if isinstance(name, bytes) else name or "NVIDIA GPU",
            util=None if utilisation is None else float(utilisation.gpu),
            mem_used=None if memory is None else int(memory.used),
            mem_total=None if memory is None else int(memory.total),
            power_w=None if power is None else power / 1000,
            power_limit_w=None if limit is None else limit / 1000,
            temp_c=self._try(lambda: float(nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU))),
            energy_joules=None if energy is None else energy / 1000,
        )

    def _try(self, read: Callable[[], _T]) -> _T | None:
        try:
            return read()
        except self._nvml.NVMLError:  # not supported, no permission, MIG, a GPU that fell off the bus
            return None


def open_nvml() -> Nvml | None:
    """The NVIDIA GPUs of this machine, or null where there is no driver or no GPU."""
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
        gpus = Nvml(pynvml)
    except pynvml.NVMLError:
        return None
    return gpus if gpus.read() else None
