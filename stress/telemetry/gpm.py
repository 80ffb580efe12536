"""How busy a chip really is: NVML's GPM metrics, of Hopper and later (SM, tensor cores, DRAM, links).

A metric is the difference of two samples, which have to lie 100 ms apart or more (nvml.h, "GPM Functions").
"""

import math
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from stress.telemetry.nvml_calls import Calls, LostError

SM, OCCUPANCY, TENSOR, DRAM = 2, 3, 5, 10
"""nvml.h's NVML_GPM_METRIC_*, in percent."""
PCIE_TX, PCIE_RX, NVLINK_RX, NVLINK_TX = 20, 21, 60, 61
"""In MiB/s."""
METRICS = (SM, OCCUPANCY, TENSOR, DRAM, PCIE_TX, PCIE_RX, NVLINK_RX, NVLINK_TX)
SHORTEST_S = 0.1


class Gpm:
    """One GPU's samples."""

    def __init__(self, library: Any, handle: Any, calls: Calls, now: Callable[[], float], samples: list[Any]) -> None:
        """`samples` are two that the library has allocated."""
        self._nvml = library
        self._handle = handle
        self._calls = calls
        self._now = now
        self._taken: float | None = None
        self._values: dict[int, float] = {}
        self._samples = samples

    def close(self) -> None:
        """Give the samples back."""
        with suppress(LostError):
            for sample in self._samples:
                self._calls.ask("gpm free", partial(self._nvml.nvmlGpmSampleFree, sample))

    def read(self) -> dict[int, float]:
        """The metrics since the reading before, by their numbers; those that cannot be read are missing.

        Raises:
            LostError: the GPU is gone.
        """
        if self._taken is not None and self._now() - self._taken < SHORTEST_S:
            return self._values
        before, after = self._samples
        first = self._taken is None
        taken = self._calls.ask("gpm sample", lambda: self._nvml.nvmlGpmSampleGet(self._handle, after))
        if taken is None:
            self._taken, self._values = None, {}
            return {}
        self._taken, self._samples = self._now(), [after, before]
        self._values = {} if first else self._calls.ask("gpm metrics", lambda: self._between(before, after)) or {}
        return self._values

    def _between(self, before: Any, after: Any) -> dict[int, float]:
        nvml = self._nvml
        request = nvml.c_nvmlGpmMetricsGet_t()
        request.version = nvml.NVML_GPM_METRICS_GET_VERSION
        request.numMetrics = len(METRICS)
        request.sample1, request.sample2 = before, after
        for place, metric in enumerate(METRICS):
            request.metrics[place].metricId = metric
        nvml.nvmlGpmMetricsGet(request)
        found = [request.metrics[place] for place in range(len(METRICS))]
        return {
            int(metric.metricId): float(metric.value)
            for metric in found
            if metric.nvmlReturn == nvml.NVML_SUCCESS and math.isfinite(metric.value) and metric.value >= 0
        }


def open_gpm(library: Any, handle: Any, calls: Calls, now: Callable[[], float]) -> Gpm | None:
    """The samples of the GPU with this handle; None where it has none, or for the moment does not say.

    `library` is the module `pynvml`, `calls` how it is asked, `now` a clock in seconds.

    Raises:
        LostError: the GPU is gone.
    """
    support = calls.ask("gpm", lambda: library.nvmlGpmQueryDeviceSupport(handle))
    if not support or not support.isSupportedDevice:
        return None
    samples = [calls.ask("gpm samples", library.nvmlGpmSampleAlloc) for _ in range(2)]
    return None if None in samples else Gpm(library, handle, calls, now, samples)
