"""This machine's CPU, where there is no GPU to show."""

from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from tui import numbers
from tui.draw.cells import RISING, eighths
from tui.panels.history import history_rows, load_bar
from tui.panels.panel import Panel
from tui.theme import paint

_SINGLE = 4
"""Up to this many cores, each has a bar of its own."""


def draw_cpu(panel: Panel, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
    """The panel's lines: the cores, the memory, and the mean load's recent past."""
    host = snapshot.host
    strips = [_title(panel, snapshot, width)]
    if host is None:
        return [*strips, panel.line(width).put("load n/a", panel.muted).strip()]
    cores = host.cores
    memory = f"{numbers.gib(host.mem_used)} / {numbers.gib(host.mem_total)} GiB"
    if len(cores) <= _SINGLE and height >= len(cores) + 2:
        for index, load in enumerate(cores):
            strips.append(_bar(panel, f"core {index}", load / 100, numbers.percent(load), width))
    else:
        mean = sum(cores) / max(1, len(cores))
        strips.append(_bar(panel, "mean", mean / 100, numbers.percent(mean), width))
        strips.append(_spectrum(panel, cores, width))
    strips.append(_bar(panel, "memory", host.mem_used / max(1, host.mem_total), memory, width))
    rows = height - len(strips)
    return strips + (history_rows(panel, snapshot.host_history, width, rows) if rows > 1 else [])


def _title(panel: Panel, snapshot: Snapshot, width: int) -> Strip:
    """Says why there is no GPU to see, and what the engine takes of the CPU."""
    age, host = snapshot.sample.stale.get("gpus"), snapshot.host
    if age is not None:
        line = panel.title_line(width, "CPU", "this machine's")
        return line.right(f" GPUs: no reading for {age:.0f} s ", panel.ink(panel.theme.bad, bold=True)).strip()
    line = panel.title_line(width, "CPU", "no GPU here: this machine's CPU")
    if host is not None and host.engine_cpu is not None:
        line.put(f", engine {host.engine_cpu:.1f} cores", paint(panel.theme.muted, panel.theme.bar))
    return line.strip()


def _bar(panel: Panel, label: str, part: float, value: str, width: int) -> Strip:
    line = panel.line(width).put(f"{label:<8}", panel.muted)
    line.right(f"{value:>18} ", panel.strong)
    return line.extend(load_bar(panel, part, line.room)).strip()


def _spectrum(panel: Panel, cores: tuple[float, ...], width: int) -> Strip:
    """Every core as one rising block."""
    line = panel.line(width).put("cores   ", panel.muted)
    line.right(f"{len(cores):>17} ", panel.strong)
    blocks = "".join(RISING[eighths(load, 100.0, 1)] for load in cores)
    return line.put(blocks, panel.ink(panel.theme.load)).strip()
