# ruff: noqa: N801, N802, N815 (NVML's own names)
"""A `pynvml` whose GPUs a test breaks: whole calls, single metrics, or a whole GPU, for good or for a moment."""

from types import SimpleNamespace
from typing import Any

KIB = 1024


class NVMLError(Exception):
    """As pynvml's: a number, with words."""

    def __init__(self, value: int, words: str = "Not Supported") -> None:
        super().__init__(words)
        self.value = value


class Sample:
    """A GPM sample: when it was taken."""

    def __init__(self) -> None:
        self.t = -1.0


class c_nvmlGpmMetricsGet_t:
    """What GPM is asked for."""

    def __init__(self) -> None:
        self.version = self.numMetrics = 0
        self.sample1: Any = None
        self.sample2: Any = None
        self.metrics = [SimpleNamespace(metricId=0, nvmlReturn=0, value=0.0) for _ in range(100)]


class NvmlDouble:
    """`count` GPUs; a handle is the GPU's index.

    Args:
        count: GPUs.
        gpm: they have GPM metrics.
        broken: calls that are not supported.
        missing: calls that this library does not have.
        fields: field values that cannot be read, by their numbers.
        metrics: GPM metrics that cannot be read, by their numbers.
    """

    NVMLError = NVMLError
    NVML_SUCCESS = 0
    NVML_ERROR_NOT_SUPPORTED, NVML_ERROR_FUNCTION_NOT_FOUND, NVML_ERROR_NO_PERMISSION = 3, 13, 4
    NVML_ERROR_GPU_IS_LOST, NVML_ERROR_RESET_REQUIRED = 15, 16
    NVML_TEMPERATURE_GPU, NVML_CLOCK_SM, NVML_CLOCK_MEM = 0, 1, 2
    NVML_GPM_METRICS_GET_VERSION = 1
    nvmlMemory_v2 = 2
    c_nvmlGpmMetricsGet_t = c_nvmlGpmMetricsGet_t

    def __init__(
        self,
        count: int = 2,
        *,
        gpm: bool = True,
        broken: tuple[str, ...] = (),
        missing: tuple[str, ...] = (),
        fields: tuple[int, ...] = (),
        metrics: tuple[int, ...] = (),
    ) -> None:
        self.count, self.gpm = count, gpm
        self.broken, self.missing = set(broken), set(missing)
        self.bad_fields, self.bad_metrics = set(fields), set(metrics)
        self.now = 100.0
        self.lost: set[int] = set()
        self.moody: set[str] = set()
        """Calls that fail at this moment, and may not the next time."""
        self.reasons = 0
        self.links_kib = {138: 0.0, 139: 0.0}
        self.kinds: dict[int, int] = {}
        """Types of field values that are not what they should be."""
        self.still: set[int] = set()
        """GPM metrics that say zero."""
        self.samples: list[tuple[int, int]] = []
        """(microseconds, percent) in every GPU's ring; without any the chip says that it found none."""
        self.again = False
        """The driver returns the whole ring whatever is asked for, and an empty place of it."""
        self.asked: list[str] = []
        self.asked_fields: list[int] = []

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith(("nvmlDevice", "nvmlGpm")):
            return object.__getattribute__(self, name)
        if name in self.missing:
            raise AttributeError(name)
        call = object.__getattribute__(self, name)

        def asked(*arguments: Any, **named: Any) -> Any:
            self.asked.append(name)
            if name in self.broken:
                raise NVMLError(3)
            if name in self.moody:
                raise NVMLError(999, "Unknown Error")
            if arguments and isinstance(arguments[0], int) and arguments[0] in self.lost:
                raise NVMLError(15, "GPU is lost")
            return call(*arguments, **named)

        return asked

    def nvmlDeviceGetCount(self):
        return self.count

    def nvmlDeviceGetHandleByIndex(self, index):
        return index

    def nvmlDeviceGetName(self, handle):
        return b"NVIDIA H200"

    def nvmlDeviceGetUUID(self, handle):
        return f"GPU-{handle}".encode()

    def nvmlDeviceGetUtilizationRates(self, handle):
        return SimpleNamespace(gpu=90 + handle % 10, memory=40)

    def nvmlDeviceGetSamples(self, handle, kind, since):
        assert kind == 1
        found = [(t, percent) for t, percent in self.samples if t > since or self.again]
        if not found:
            raise NVMLError(6, "Not Found")
        found += [(0, 0)] * self.again
        return 1, [SimpleNamespace(timeStamp=t, sampleValue=SimpleNamespace(uiVal=value)) for t, value in found]

    def nvmlDeviceGetMemoryInfo(self, handle, version=None):
        return SimpleNamespace(used=5 << 30, total=141 << 30)

    def nvmlDeviceGetPowerUsage(self, handle):
        return 512_345

    def nvmlDeviceGetEnforcedPowerLimit(self, handle):
        return 700_000

    def nvmlDeviceGetTotalEnergyConsumption(self, handle):
        return 123_456

    def nvmlDeviceGetTemperatureV(self, handle, sensor):
        return 61

    def nvmlDeviceGetTemperature(self, handle, sensor):
        return 60

    def nvmlDeviceGetClockInfo(self, handle, clock):
        return {1: 1755, 2: 3201}[clock]

    def nvmlDeviceGetMaxClockInfo(self, handle, clock):
        return {1: 1980, 2: 3202}[clock]

    def nvmlDeviceGetCurrentClocksEventReasons(self, handle):
        return self.reasons

    def nvmlDeviceGetCurrentClocksThrottleReasons(self, handle):
        return self.reasons

    def nvmlDeviceGetPcieThroughput(self, handle, counter):
        return (2048, 4096)[counter] * (handle + 1)

    def nvmlDeviceGetComputeRunningProcesses(self, handle):
        return [SimpleNamespace(pid=1000 + handle, usedGpuMemory=None)]

    def nvmlDeviceGetFieldValues(self, handle, fields):
        values = {
            82: ("uiVal", 1, 48),
            **{f: ("ullVal", 3, v) for f, v in self.links_kib.items()},
        }
        found = []
        for field in fields:
            number = field[0] if isinstance(field, tuple) else field
            self.asked_fields.append(number)
            name, kind, value = values[number]
            bad = 3 if number in self.bad_fields else 0
            value_type = self.kinds.get(number, kind)
            held = SimpleNamespace(**{name: value})
            found.append(SimpleNamespace(fieldId=number, nvmlReturn=bad, valueType=value_type, value=held))
        return found

    def nvmlGpmQueryDeviceSupport(self, handle):
        return SimpleNamespace(isSupportedDevice=int(self.gpm))

    def nvmlGpmSampleAlloc(self):
        return Sample()

    def nvmlGpmSampleFree(self, sample):
        sample.t = -1.0

    def nvmlGpmSampleGet(self, handle, sample):
        sample.t = self.now
        return sample

    def nvmlGpmMetricsGet(self, request):
        assert request.version == 1
        assert request.sample2.t - request.sample1.t >= 0.1
        for metric in request.metrics[: request.numMetrics]:
            metric.nvmlReturn = 3 if metric.metricId in self.bad_metrics else 0
            metric.value = 0.0 if metric.metricId in self.still else float(metric.metricId)
        return request
