# ruff: noqa: N802, N815 (NVML's own names)
"""A `pynvml` with the machine that a test asks for."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any


class NVMLError(Exception):
    """As pynvml's: a number and its words."""

    def __init__(self, value: int, words: str) -> None:
        super().__init__(words)
        self.value = value


def fails(value: int, words: str) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise NVMLError(value, words)

    return fail


NOT_SUPPORTED = fails(3, "Not Supported")


class FakeNvml:
    """`count` equal GPUs; a handle is the index.

    Args:
        count: GPUs.
        nvlinks: links of each that are up; None: it has none.
        width: lanes, now and at most.
        peer: each reaches each other's memory.
        level: the topology's common ancestor.
        lost: the GPU that does not answer.
        mig: the GPUs cut into instances.
        used: bytes in use on each.
        broken: the calls that nobody supports.
    """

    NVMLError = NVMLError
    NVML_ERROR_LIBRARY_NOT_FOUND, NVML_ERROR_DRIVER_NOT_LOADED = 12, 9
    NVML_ERROR_GPU_IS_LOST, NVML_ERROR_RESET_REQUIRED = 15, 16
    NVML_TEMPERATURE_GPU = 0
    NVML_NVLINK_MAX_LINKS, NVML_FEATURE_ENABLED = 36, 1
    NVML_P2P_CAPS_INDEX_READ, NVML_P2P_CAPS_INDEX_NVLINK, NVML_P2P_STATUS_OK = 0, 2, 0
    nvmlMemory_v2 = 2

    def __init__(
        self,
        count: int,
        *,
        name: str = "NVIDIA H200",
        names: dict[int, str] | None = None,
        nvlinks: int | dict[int, int] | None = None,
        width: tuple[int, int] = (16, 16),
        gen: tuple[int, int] = (5, 5),
        peer: bool = True,
        level: int = 10,
        lost: int | None = None,
        mig: tuple[int, ...] = (),
        used: int = 0,
        broken: tuple[str, ...] = (),
    ) -> None:
        self.count, self.name, self.names, self.nvlinks = count, name, names or {}, nvlinks
        self.width, self.gen, self.peer, self.level = width, gen, peer, level
        self.lost, self.mig, self.used = lost, mig, used
        for call in broken:
            setattr(self, call, NOT_SUPPORTED)

    def nvmlInit(self):
        pass

    def nvmlSystemGetDriverVersion(self):
        return b"575.57.08"

    def nvmlSystemGetCudaDriverVersion(self):
        return 12090

    def nvmlDeviceGetCount(self):
        return self.count

    def nvmlDeviceGetHandleByIndex(self, index):
        if index == self.lost:
            raise NVMLError(15, "GPU is lost")
        return index

    def nvmlDeviceGetTemperature(self, handle, sensor):
        return 40

    def nvmlDeviceGetName(self, handle):
        return self.names.get(handle, self.name)

    def nvmlDeviceGetMemoryInfo(self, handle, version=None):
        return SimpleNamespace(total=141 << 30, used=self.used)

    def nvmlDeviceGetMigMode(self, handle):
        return [int(handle in self.mig), 0]

    def nvmlDeviceGetNvLinkState(self, handle, link):
        up = self.nvlinks[handle] if isinstance(self.nvlinks, dict) else self.nvlinks
        if up is None or link >= 18:
            raise NVMLError(3, "Not Supported")
        return int(link < up)

    def nvmlDeviceGetCurrPcieLinkGeneration(self, handle):
        return self.gen[0]

    def nvmlDeviceGetMaxPcieLinkGeneration(self, handle):
        return self.gen[1]

    def nvmlDeviceGetCurrPcieLinkWidth(self, handle):
        return self.width[0]

    def nvmlDeviceGetMaxPcieLinkWidth(self, handle):
        return self.width[1]

    def nvmlDeviceGetTopologyCommonAncestor(self, first, second):
        return self.level

    def nvmlDeviceGetP2PStatus(self, first, second, index):
        if index == self.NVML_P2P_CAPS_INDEX_NVLINK:
            return 0 if self.nvlinks else 5
        return 0 if self.peer else 1
