# ruff: noqa: N802 (NVML's own names)
"""A driver under the real `pynvml`: what would be libnvidia-ml.so, as Python functions that fill in its C structures.

It shows that our calls have the arguments, structures and units that `pynvml` hands on to the driver.
"""

import ctypes
from typing import Any

import pynvml

OK, INSUFFICIENT_SIZE, NOT_SUPPORTED = 0, 7, 3


def _out(reference: Any) -> Any:
    """The object behind a `byref`."""
    return reference._obj


class Driver:
    """Two GPUs that are all alike; what it has no function for, an older driver would not have either."""

    def __init__(self) -> None:
        self.samples = 0
        self.kib = 0
        self.sampled_us = 0

    def nvmlDeviceGetCount_v2(self, count):
        _out(count).value = 2
        return OK

    def nvmlDeviceGetHandleByIndex_v2(self, index, device):
        ctypes.cast(ctypes.pointer(_out(device)), ctypes.POINTER(ctypes.c_void_p))[0] = 0x1000 + index.value
        return OK

    def nvmlDeviceGetName(self, device, name, length):
        name.value = b"NVIDIA H200"
        return OK

    def nvmlDeviceGetUUID(self, device, uuid, length):
        uuid.value = b"GPU-1234"
        return OK

    def nvmlDeviceGetUtilizationRates(self, device, rates):
        _out(rates).gpu, _out(rates).memory = 99, 44
        return OK

    def nvmlDeviceGetSamples(self, device, kind, since, value_type, count, samples):
        """A ring of five, 20 ms apart; asked without room for them it says how many it has."""
        assert kind.value == pynvml.NVML_GPU_UTILIZATION_SAMPLES
        self.sampled_us += 40_000 * (samples is not None)
        newest = [self.sampled_us - 20_000 * back for back in range(5) if self.sampled_us - 20_000 * back > since.value]
        _out(value_type).value = 1
        _out(count).value = 5 if samples is None else len(newest)
        for place, t in enumerate(reversed(newest) if samples is not None else ()):
            samples[place].timeStamp, samples[place].sampleValue.uiVal = t, t // 20_000 % 100
        return OK

    def nvmlDeviceGetMemoryInfo_v2(self, device, memory):
        assert _out(memory).version == pynvml.nvmlMemory_v2
        _out(memory).total, _out(memory).used = 141 << 30, 100 << 30
        return OK

    def nvmlDeviceGetPowerUsage(self, device, milliwatts):
        _out(milliwatts).value = 380_000
        return OK

    def nvmlDeviceGetTotalEnergyConsumption(self, device, millijoules):
        _out(millijoules).value = 5_000_000_000
        return OK

    def nvmlDeviceGetEnforcedPowerLimit(self, device, milliwatts):
        _out(milliwatts).value = 700_000
        return OK

    def nvmlDeviceGetTemperatureV(self, device, temperature):
        _out(temperature).temperature = 55
        return OK

    def nvmlDeviceGetClockInfo(self, device, kind, mhz):
        _out(mhz).value = {1: 1980, 2: 3201}[kind.value]
        return OK

    nvmlDeviceGetMaxClockInfo = nvmlDeviceGetClockInfo  # noqa: N815

    def nvmlDeviceGetCurrentClocksEventReasons(self, device, reasons):
        _out(reasons).value = 0x4
        return OK

    def nvmlDeviceGetFieldValues(self, device, count, values):
        for value in _out(values)[: count.value]:
            value.nvmlReturn = OK
            if value.fieldId == 82:
                value.valueType, value.value.uiVal = 1, 60
            elif value.fieldId == 138 and value.scopeId == 0xFFFFFFFF:
                value.valueType, value.value.ullVal = 3, self.kib
            else:
                value.nvmlReturn = NOT_SUPPORTED
        return OK

    def nvmlDeviceGetComputeRunningProcesses_v3(self, device, count, processes):
        if processes is None:
            _out(count).value = 1
            return INSUFFICIENT_SIZE
        _out(count).value = 1
        processes[0].pid, processes[0].usedGpuMemory = 4711, 0xFFFFFFFFFFFFFFFF
        return OK

    def nvmlGpmQueryDeviceSupport(self, device, support):
        assert _out(support).version == 1
        _out(support).isSupportedDevice = 1
        return OK

    def nvmlGpmSampleAlloc(self, sample):
        self.samples += 1
        ctypes.cast(ctypes.pointer(_out(sample)), ctypes.POINTER(ctypes.c_void_p))[0] = 0x2000 + self.samples
        return OK

    def nvmlGpmSampleGet(self, device, sample):
        assert ctypes.cast(sample, ctypes.c_void_p).value > 0x2000
        return OK

    def nvmlGpmMetricsGet(self, request):
        wanted = _out(request)
        assert wanted.version == 1
        assert ctypes.cast(wanted.sample1, ctypes.c_void_p).value != ctypes.cast(wanted.sample2, ctypes.c_void_p).value
        for metric in wanted.metrics[: wanted.numMetrics]:
            metric.nvmlReturn = NOT_SUPPORTED if metric.metricId == 60 else OK
            metric.value = metric.metricId + 0.5
        return OK
