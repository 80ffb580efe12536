"""A GPU's second line: how much of the chip was busy, its clock, its links, and what slows it down."""

from collections.abc import Sequence

from textual.strip import Strip

from stress.readings import GpuReading
from tui import numbers
from tui.draw.line import Line
from tui.panels.panel import Panel

_SLOWDOWNS = {
    "power_cap": "power cap",
    "thermal": "too hot",
    "hardware": "hardware slowdown",
    "power_brake": "power brake",
}


def has_detail(gpu: GpuReading) -> bool:
    """There is something to say beside utilisation, memory, power and temperature."""
    return any(value is not None for value in (gpu.sm, gpu.tensor, gpu.dram, gpu.sm_clock_mhz, gpu.nvlink_tx_mib_s))


def detail_line(panel: Panel, gpu: GpuReading, width: int) -> Strip:
    """The line: its parts from left to right, as many whole ones as fit; what slows the chip down comes first."""
    line = Line(width, panel.plain).put(" " * 6, panel.plain)
    for reason in gpu.slowdowns or ():
        line.put(f"▼ {_SLOWDOWNS[reason]}  ", panel.ink(panel.theme.warn, bold=True))
    parts = [
        ("SM", numbers.percent(gpu.sm)),
        ("tensor", numbers.percent(gpu.tensor)),
        ("DRAM", numbers.percent(gpu.dram)),
        ("NVLink", _rate(gpu.nvlink_tx_mib_s)),
        ("MHz", f"{numbers.count(gpu.sm_clock_mhz)}/{numbers.count(gpu.sm_clock_max_mhz)}"),
        ("PCIe", _rate(gpu.pcie_tx_mib_s)),
        ("memory °C", numbers.count(gpu.mem_temp_c)),
    ]
    for label, value in parts:
        if numbers.NOT_KNOWN in value:
            continue
        if line.room < len(label) + len(value) + 3:
            break
        line.put(f"{label} ", panel.muted).put(f"{value}  ", panel.strong)
    return line.strip()


def totals_line(panel: Panel, gpus: Sequence[GpuReading], width: int) -> Strip:
    """All GPUs together, and how evenly they share the work: `util 70 % (GPU 4) to 98 % (GPU 0) · 3,672 of 4,200 W`."""
    known = [(gpu.util, gpu.index) for gpu in gpus if gpu.util is not None]
    parts = []
    if len(known) > 1:
        (least, low), (most, high) = min(known), max(known)
        parts.append(f"util {numbers.percent(least)} (GPU {low}) to {numbers.percent(most)} (GPU {high})")
    powers = [gpu.power_w for gpu in gpus if gpu.power_w is not None]
    limits = [gpu.power_limit_w for gpu in gpus if gpu.power_limit_w is not None]
    if powers:
        whole = f" of {numbers.count(sum(limits))}" if len(limits) == len(powers) else ""
        parts.append(f"{numbers.count(sum(powers))}{whole} W")
    memory = [gpu.mem_used for gpu in gpus if gpu.mem_used is not None]
    if memory:
        parts.append(f"{numbers.gib(sum(memory))} GiB")
    line = panel.line(width).put("all  ", panel.muted)
    for place, part in enumerate(parts):
        text = f"{' · ' * (place > 0)}{part}"
        if line.room > len(text):
            line.put(text, panel.plain)
    return line.strip()


def _rate(mib_s: float | None) -> str:
    """What it sends, in MiB/s, or GiB/s from 1,000 on."""
    if mib_s is None:
        return numbers.NOT_KNOWN
    return f"{mib_s / 1024:.1f} GiB/s" if mib_s >= 1000 else f"{mib_s:.0f} MiB/s"
