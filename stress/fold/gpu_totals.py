"""Each GPU's means and peaks over a run: a few sums, however long the run is."""

from collections import Counter

import msgspec

from stress.readings import GpuReading, SlowdownName

_MEANS = ("util", "power_w", "sm", "tensor", "dram", "sm_clock_mhz", "nvlink_tx_mib_s", "pcie_tx_mib_s")
_PEAKS = ("util", "power_w", "mem_used", "temp_c", "mem_temp_c")


class GpuSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One GPU over the run, from the ramp's start until draining; energy to the end. What was not read is null."""

    index: int
    name: str
    host: str | None = None
    engine: bool | None = None
    """The engine under test computed on it."""
    mean_util: float | None
    max_util: float | None
    max_mem_used: int | None
    mem_total: int | None
    mean_power_w: float | None
    max_power_w: float | None
    max_temp_c: float | None
    max_mem_temp_c: float | None = None
    mean_sm: float | None = None
    mean_tensor: float | None = None
    mean_dram: float | None = None
    mean_sm_clock_mhz: float | None = None
    mean_nvlink_tx_mib_s: float | None = None
    mean_pcie_tx_mib_s: float | None = None
    slowdowns: dict[SlowdownName, float] | None = None
    """The share of readings (of 1) in which each reason slowed it down."""
    energy_joules: float | None


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
        used = self._peaks.get("mem_used")
        readings = self._counts["slowdowns"]
        return GpuSummary(
            index=self.last.index,
            name=self.last.name,
            host=self.last.host,
            engine=self.last.engine,
            mean_util=self._mean("util"),
            max_util=self._peaks.get("util"),
            max_mem_used=None if used is None else int(used),
            mem_total=self.last.mem_total,
            mean_power_w=self._mean("power_w"),
            max_power_w=self._peaks.get("power_w"),
            max_temp_c=self._peaks.get("temp_c"),
            max_mem_temp_c=self._peaks.get("mem_temp_c"),
            mean_sm=self._mean("sm"),
            mean_tensor=self._mean("tensor"),
            mean_dram=self._mean("dram"),
            mean_sm_clock_mhz=self._mean("sm_clock_mhz"),
            mean_nvlink_tx_mib_s=self._mean("nvlink_tx_mib_s"),
            mean_pcie_tx_mib_s=self._mean("pcie_tx_mib_s"),
            slowdowns={name: count / readings for name, count in sorted(self._slowdowns.items())} if readings else None,
            energy_joules=energy_joules,
        )

    def _mean(self, field: str) -> float | None:
        count = self._counts[field]
        return self._sums[field] / count if count else None
