"""Each GPU's means and peaks over a run: a few sums, however long the run is."""

from collections import Counter
from typing import Any

import msgspec

from stress.readings import GpuReading, SlowdownName

# The summary holds each of them as `mean_…` or `max_…`.
_MEANS = ("util", "power_w", "sm", "tensor", "dram", "sm_clock_mhz", "nvlink_tx_mib_s", "pcie_tx_mib_s")
_PEAKS = ("util", "power_w", "mem_used", "temp_c", "mem_temp_c")


class GpuSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One GPU over the run, from the ramp's start until draining; energy to the end. What was not read is None."""

    index: int
    name: str
    host: str | None = None
    engine: bool | None = None
    """The engine under test computed on it."""
    mean_util: float | None = None
    max_util: float | None = None
    max_mem_used: int | None = None
    mem_total: int | None = None
    mean_power_w: float | None = None
    max_power_w: float | None = None
    max_temp_c: float | None = None
    max_mem_temp_c: float | None = None
    mean_sm: float | None = None
    mean_tensor: float | None = None
    mean_dram: float | None = None
    mean_sm_clock_mhz: float | None = None
    mean_nvlink_tx_mib_s: float | None = None
    mean_pcie_tx_mib_s: float | None = None
    slowdowns: dict[SlowdownName, float] | None = None
    """The share of readings (of 1) in which each reason slowed it down."""
    energy_joules: float | None = None


class GpuTotals:
    """One GPU's sums."""

    def __init__(self, first: GpuReading) -> None:
        self.last = first
        self._sums: dict[str, float] = {}
        self._counts: Counter[str] = Counter()
        self._peaks: dict[str, float] = {}
        self._slowdowns: Counter[SlowdownName] = Counter()

    def add(self, reading: GpuReading) -> None:
        """Count this reading in."""
        self.last = reading
        for field in _MEANS:
            if (value := getattr(reading, field)) is not None:
                self._sums[field] = self._sums.get(field, 0.0) + value
                self._counts[field] += 1
        for field in _PEAKS:
            if (value := getattr(reading, field)) is not None:
                self._peaks[field] = max(value, self._peaks.get(field, value))
        if reading.slowdowns is not None:
            self._counts["slowdowns"] += 1
            self._slowdowns.update(reading.slowdowns)

    def summary(self, energy_joules: float | None) -> GpuSummary:
        """What they come to."""
        counts, last = self._counts, self.last
        means: dict[str, Any] = {f"mean_{field}": self._sums[field] / counts[field] for field in self._sums}
        peaks: dict[str, Any] = {f"max_{field}": peak for field, peak in self._peaks.items()}
        readings = counts["slowdowns"]
        return GpuSummary(
            index=last.index,
            name=last.name,
            host=last.host,
            engine=last.engine,
            mem_total=last.mem_total,
            slowdowns={name: count / readings for name, count in sorted(self._slowdowns.items())} if readings else None,
            energy_joules=energy_joules,
            **means,
            **peaks,
        )
