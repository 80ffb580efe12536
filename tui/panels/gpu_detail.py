"""A GPU's second line: how much of the chip was busy, its clock, its links, and what slows it down."""

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
        line.put(f"▼ {_SLOWDOWNS[reason]}  ", panel.ink(panel.look.warn, bold=True))
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


def _rate(mib_s: float | None) -> str:
    """What it sends, in MiB/s, or GiB/s from 1,000 on."""
    if mib_s is None:
        return numbers.NOT_KNOWN
    return f"{mib_s / 1024:.1f} GiB/s" if mib_s >= 1000 else f"{mib_s:.0f} MiB/s"
