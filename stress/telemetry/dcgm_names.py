"""What NVIDIA's DCGM exporter calls each metric of a GPU, and in which unit: one table, for reading and for exporting.

Names and units are those of dcgm-exporter's etc/default-counters.csv and etc/dcp-metrics-included.csv, and of DCGM's
dcgm_fields.h. An exporter shows each name as its counters file spells it; DCGM 4.6 has newer spellings for some.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from stress.readings import GpuReading
from stress.telemetry.slowdowns import slowdown_bits, slowdowns

PREFIX = "DCGM_FI_"
HOST_PREFIX = "agent_stress_host_"
"""What we export of the host, for which DCGM has no names."""
PROGRAMS_CPU, BUSIEST_CPU = "gpu_programs_cpu_cores", "gpu_programs_busiest_cpu_cores"
"""Of those, what the programs on the GPUs use of the CPU: together, and the busiest process."""
MIB = 1 << 20


@dataclass(frozen=True)
class Metric:
    """One number of a GPU: the reading's field is the exporter's value times `scale`."""

    field: str
    names: tuple[str, ...]
    """Without `DCGM_FI_`: the one that we export, then the others that mean the same, the best first."""
    words: str
    scale: float = 1.0
    kind: Literal["gauge", "counter"] = "gauge"
    whole: bool = False
    """The reading holds whole numbers."""
    of_chip: bool = True
    """A MIG instance has none of its own: what an exporter says of it there is that of the whole chip."""

    @property
    def name(self) -> str:
        """The name that we export."""
        return PREFIX + self.names[0]


def _share(field: str, names: tuple[str, ...], words: str) -> Metric:
    """A ratio from 0 to 1 there, percent here."""
    return Metric(field, names, words, scale=100.0, of_chip=False)


def _traffic(field: str, name: str, words: str) -> Metric:
    """Bytes a second there, although it is not named so; MiB a second here."""
    return Metric(field, (name,), words, scale=1 / MIB)


MEM_USED = Metric(
    "mem_used", ("DEV_FB_USED",), "Framebuffer memory used (in MiB).", scale=MIB, whole=True, of_chip=False
)
MEM_TOTAL = Metric(
    "mem_total", ("DEV_FB_TOTAL",), "Total framebuffer memory (in MiB).", scale=MIB, whole=True, of_chip=False
)
MEM_PARTS = tuple(PREFIX + name for name in ("DEV_FB_USED", "DEV_FB_FREE", "DEV_FB_RESERVED"))
"""Together they are the total, which is not among an exporter's default counters. Older ones count the reserve as used
and have no name for it."""

METRICS: tuple[Metric, ...] = (
    Metric("util", ("DEV_GPU_UTIL",), "GPU utilization (in %).", of_chip=False),
    MEM_USED,
    MEM_TOTAL,
    Metric("power_w", ("DEV_POWER_USAGE", "DEV_BOARD_POWER_WATTS"), "Power draw (in W)."),
    Metric("power_limit_w", ("DEV_ENFORCED_POWER_LIMIT", "DEV_POWER_MGMT_LIMIT"), "Power limit in force (in W)."),
    Metric(
        "energy_joules",
        ("DEV_TOTAL_ENERGY_CONSUMPTION",),
        "Energy used since the driver was loaded (in mJ).",
        scale=1 / 1000,
        kind="counter",
    ),
    Metric("temp_c", ("DEV_GPU_TEMP", "DEV_GPU_TEMP_CELSIUS"), "GPU temperature (in C)."),
    Metric("mem_temp_c", ("DEV_MEMORY_TEMP", "DEV_MEMORY_TEMP_CELSIUS"), "Memory temperature (in C)."),
    Metric("sm_clock_mhz", ("DEV_SM_CLOCK",), "SM clock (in MHz)."),
    Metric("sm_clock_max_mhz", ("DEV_MAX_SM_CLOCK",), "Highest SM clock (in MHz)."),
    Metric("mem_clock_mhz", ("DEV_MEM_CLOCK",), "Memory clock (in MHz)."),
    Metric("mem_clock_max_mhz", ("DEV_MAX_MEM_CLOCK",), "Highest memory clock (in MHz)."),
    _share("sm", ("PROF_SM_ACTIVE", "PROF_SM_UTIL_RATIO"), "Ratio of cycles in which an SM has a warp."),
    _share("occupancy", ("PROF_SM_OCCUPANCY", "PROF_SM_OCCUPANCY_RATIO"), "Ratio of warps resident on an SM."),
    _share(
        "tensor",
        ("PROF_PIPE_TENSOR_ACTIVE", "PROF_TENSOR_UTIL_RATIO"),
        "Ratio of cycles in which a tensor pipe is active.",
    ),
    _share("dram", ("PROF_DRAM_ACTIVE", "PROF_DRAM_UTIL_RATIO"), "Ratio of cycles in which memory moves data."),
    _traffic("pcie_tx_mib_s", "PROF_PCIE_TX_BYTES", "Sent over PCIe (in bytes a second)."),
    _traffic("pcie_rx_mib_s", "PROF_PCIE_RX_BYTES", "Received over PCIe (in bytes a second)."),
    _traffic("nvlink_tx_mib_s", "PROF_NVLINK_TX_BYTES", "Sent over all NVLinks (in bytes a second)."),
    _traffic("nvlink_rx_mib_s", "PROF_NVLINK_RX_BYTES", "Received over all NVLinks (in bytes a second)."),
)

SLOWDOWNS = Metric(
    "slowdowns",
    ("DEV_CLOCKS_EVENT_REASONS", "DEV_CLOCK_THROTTLE_REASONS"),
    "Why the clocks are held back (a bit mask).",
)
"""The one metric that is no number: its bits are names."""


def is_blank(value: float) -> bool:
    """The value stands for "not there": DCGM's blanks (dcgm_structs.h) have 16 values each, one a reason."""
    blanks = 0x7FFFFFF0 <= value <= 0x7FFFFFFF or 2.0**47 <= value <= 2.0**47 + 15 or value >= 2.0**63 - 1024
    return blanks or not math.isfinite(value)


def to_fields(values: Mapping[str, float]) -> dict[str, object]:
    """A reading's fields, from an exporter's values by their full names; blanks and missing ones are left out."""
    fields: dict[str, object] = {}
    for metric in METRICS:
        value = _first(metric, values)
        if value is not None and value >= 0:  # none of them can be below, whatever a page says
            # To the sixth digit: a share's way to 1 and back to 100 leaves a tail.
            fields[metric.field] = round(value * metric.scale) if metric.whole else round(value * metric.scale, 6)
    if MEM_TOTAL.field not in fields:
        used, free, reserved = (_known(values.get(name)) for name in MEM_PARTS)
        if used is not None and free is not None:
            fields[MEM_TOTAL.field] = round((used + free + (reserved or 0.0)) * MIB)
    bits = _first(SLOWDOWNS, values)
    if bits is not None:
        fields[SLOWDOWNS.field] = slowdowns(int(bits))
    return fields


def to_values(reading: GpuReading) -> dict[Metric, float]:
    """An exporter's values of what the reading has; what it lacks is left out."""
    found = ((metric, getattr(reading, metric.field)) for metric in METRICS)
    values = {metric: value / metric.scale for metric, value in found if value is not None}
    if reading.slowdowns is not None:
        values[SLOWDOWNS] = float(slowdown_bits(reading.slowdowns))
    return values


def _known(value: float | None) -> float | None:
    return None if value is None or is_blank(value) else value


def _first(metric: Metric, values: Mapping[str, float]) -> float | None:
    """The value under the first of its names that has one."""
    known = (_known(values.get(PREFIX + name)) for name in metric.names)
    return next((value for value in known if value is not None), None)


CHIP_NAMES: Mapping[str, bool] = MappingProxyType(
    {PREFIX + name: metric.of_chip for metric in (*METRICS, SLOWDOWNS) for name in metric.names}
    | dict.fromkeys(MEM_PARTS, False)
)
"""Every name that we read: is it the whole chip's, also where it stands beside a MIG instance?"""
