"""What NVML says of the GPUs and what joins them, read once. A value that cannot be read is None on its own."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal, TypeVar

_T = TypeVar("_T")

Path = Literal["same board", "one PCIe switch", "PCIe switches", "one PCIe root", "one NUMA node", "CPU sockets"]
"""What the way between two GPUs leads through at most, the nearest first."""

_PATHS: dict[int, Path] = {  # nvmlGpuTopologyLevel_t
    0: "same board",
    10: "one PCIe switch",
    20: "PCIe switches",
    30: "one PCIe root",
    40: "one NUMA node",
    50: "CPU sockets",
}


@dataclass(frozen=True, kw_only=True)
class GpuFacts:
    """One GPU."""

    index: int
    name: str = "NVIDIA GPU"
    mem_total: int | None = None
    """Bytes."""
    mem_used: int | None = None
    """Bytes, by everybody."""
    mig: bool | None = None
    """It is cut into instances."""
    nvlinks: int | None = None
    """Its NVLinks that are up; None where it has none, or does not say."""
    pcie_gen: int | None = None
    """At this moment: an idle GPU goes down to the first generation."""
    pcie_max_gen: int | None = None
    pcie_width: int | None = None
    """Lanes at this moment."""
    pcie_max_width: int | None = None
    """Lanes that the GPU and its slot could have."""
    lost: str | None = None
    """Why it does not answer, in NVML's words."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """What joins two GPUs, by their indices."""

    first: int
    second: int
    path: Path | None = None
    peer: bool | None = None
    """Each reads the other's memory without going through the host's."""
    nvlink: bool | None = None


P2P_READ, P2P_NVLINK = 0, 2
"""nvml.h's NVML_P2P_CAPS_INDEX_READ and _NVLINK; of the first, pynvml has made a tuple by a stray comma."""


@dataclass(frozen=True, kw_only=True)
class Gpus:
    """All GPUs that NVML shows."""

    driver: str | None = None
    cuda: str | None = None
    """The newest CUDA that the driver runs."""
    gpus: tuple[GpuFacts, ...] = ()
    pairs: tuple[Pair, ...] = ()
    trouble: str | None = None
    """Why NVML could not be asked, in its words."""
    no_driver: bool = False
    """The trouble is that there is no driver: as on any machine without a GPU."""


def machine_gpus() -> Gpus:
    """This machine's GPUs."""
    try:
        import pynvml
    except ImportError:
        return Gpus(trouble="the Python package nvidia-ml-py is missing", no_driver=True)
    return read_gpus(pynvml)


def read_gpus(nvml: Any) -> Gpus:
    """The GPUs by the module `pynvml`, not yet initialised."""
    try:
        nvml.nvmlInit()
        count = nvml.nvmlDeviceGetCount()
    except nvml.NVMLError as error:
        missing = (nvml.NVML_ERROR_LIBRARY_NOT_FOUND, nvml.NVML_ERROR_DRIVER_NOT_LOADED)
        return Gpus(trouble=_said(error), no_driver=getattr(error, "value", None) in missing)
    reader = _Reader(nvml)
    cuda = reader.ask(nvml.nvmlSystemGetCudaDriverVersion)
    gpus = tuple(map(reader.gpu, range(count)))
    return Gpus(
        driver=reader.text(nvml.nvmlSystemGetDriverVersion),
        cuda=None if cuda is None else f"{cuda // 1000}.{cuda % 1000 // 10}",
        gpus=gpus,
        pairs=tuple(reader.pair(first, second) for first, second in combinations(sorted(reader.handles), 2)),
    )


class _Reader:
    def __init__(self, nvml: Any) -> None:
        self._nvml = nvml
        self.handles: dict[int, Any] = {}
        """Of the GPUs that answer, by index."""

    def ask(self, call: Callable[..., _T], *arguments: Any) -> _T | None:
        """What NVML answers; None if it does not know, or we may not."""
        try:
            return call(*arguments)
        except (self._nvml.NVMLError, ctypes.ArgumentError):
            return None

    def text(self, call: Callable[..., Any], *arguments: Any) -> str | None:
        """A text: older versions return bytes."""
        value = self.ask(call, *arguments)
        return value.decode(errors="replace") if isinstance(value, bytes) else value

    def gpu(self, index: int) -> GpuFacts:
        """A GPU's facts, or why it does not answer."""
        nvml = self._nvml
        try:
            handle = nvml.nvmlDeviceGetHandleByIndex(index)
        except nvml.NVMLError as error:
            return GpuFacts(index=index, lost=_said(error))
        if said := self._lost(handle):
            return GpuFacts(index=index, lost=said)
        self.handles[index] = handle
        # Version 2 leaves the driver's own reserve out of `used`, as nvidia-smi does.
        memory = self.ask(lambda: nvml.nvmlDeviceGetMemoryInfo(handle, version=nvml.nvmlMemory_v2))
        memory = memory or self.ask(nvml.nvmlDeviceGetMemoryInfo, handle)
        mig = self.ask(nvml.nvmlDeviceGetMigMode, handle)
        return GpuFacts(
            index=index,
            name=self.text(nvml.nvmlDeviceGetName, handle) or GpuFacts.name,
            mem_total=None if memory is None else int(memory.total),
            mem_used=None if memory is None else int(memory.used),
            mig=None if mig is None else bool(mig[0]),
            nvlinks=self._nvlinks(handle),
            pcie_gen=self.ask(nvml.nvmlDeviceGetCurrPcieLinkGeneration, handle),
            pcie_max_gen=self.ask(nvml.nvmlDeviceGetMaxPcieLinkGeneration, handle),
            pcie_width=self.ask(nvml.nvmlDeviceGetCurrPcieLinkWidth, handle),
            pcie_max_width=self.ask(nvml.nvmlDeviceGetMaxPcieLinkWidth, handle),
        )

    def _lost(self, handle: Any) -> str | None:
        """What NVML says of a GPU that fell off the bus: it may still have a handle."""
        nvml = self._nvml
        try:
            nvml.nvmlDeviceGetMemoryInfo(handle)
            nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU)
        except nvml.NVMLError as error:
            gone = (nvml.NVML_ERROR_GPU_IS_LOST, nvml.NVML_ERROR_RESET_REQUIRED)
            return _said(error) if getattr(error, "value", None) in gone else None
        return None

    def _nvlinks(self, handle: Any) -> int | None:
        nvml = self._nvml
        states = [self.ask(nvml.nvmlDeviceGetNvLinkState, handle, link) for link in range(nvml.NVML_NVLINK_MAX_LINKS)]
        known = [state for state in states if state is not None]
        return sum(state == nvml.NVML_FEATURE_ENABLED for state in known) if known else None

    def pair(self, first: int, second: int) -> Pair:
        """What joins two GPUs."""
        nvml, ends = self._nvml, (self.handles[first], self.handles[second])
        level = self.ask(nvml.nvmlDeviceGetTopologyCommonAncestor, *ends)
        reads = self.ask(nvml.nvmlDeviceGetP2PStatus, *ends, P2P_READ)
        linked = self.ask(nvml.nvmlDeviceGetP2PStatus, *ends, P2P_NVLINK)
        return Pair(
            first=first,
            second=second,
            path=None if level is None else _PATHS.get(level),
            peer=None if reads is None else reads == nvml.NVML_P2P_STATUS_OK,
            nvlink=None if linked is None else linked == nvml.NVML_P2P_STATUS_OK,
        )


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
