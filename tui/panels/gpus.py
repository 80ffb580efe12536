"""GPUs as lines: utilisation, memory, power and temperature."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from stress.readings import GpuReading
from tui import numbers
from tui.draw.cells import RISING, eighths
from tui.draw.line import Line
from tui.panels.gpu_detail import detail_line, has_detail, totals_line
from tui.panels.history import history_rows, load_bar
from tui.panels.panel import Panel
from tui.plain_text import plain_text, shortened
from tui.theme import paint

_FULL = 56
"""From this width on, a GPU's line has memory and power against their limits, in columns with heads."""
_GAP = 2
_CELL = 8
CELLS_FROM = 16
"""With more GPUs than this each is a cell: its number, a column as high as its bar would be long, its percents."""
GpuView = Literal["utilisation", "power", "memory", "tensor"]
"""What the bars show: shares of the time, of the power limit, of the memory, of the tensor cores' time."""

_VIEWS: dict[GpuView, str] = {
    "utilisation": "utilisation",
    "power": "power of its limit",
    "memory": "memory in use",
    "tensor": "tensor cores",
}
_OTHERS = "·"
"""Beside the number of a GPU that the engine does not use."""


def draw_gpus(panel: Panel, snapshot: Snapshot, width: int, height: int, view: GpuView = "utilisation") -> list[Strip]:
    """The panel's lines: a GPU each, side by side when there are more GPUs than lines.

    Where there is room for a second line, it says how much of the chip was busy, and what slows it down.
    """
    gpus = snapshot.sample.gpus
    strips = [_title(panel, snapshot, width)]
    if width >= _FULL and len(gpus) <= height - 2:
        strips.append(_heads(panel, width, view))
    room = max(1, height - len(strips))
    if len(gpus) > CELLS_FROM or len(gpus) > room:
        draw = _cells if len(gpus) > CELLS_FROM else _side_by_side
        strips += draw(panel, gpus, width, room, view)
        return [*strips, totals_line(panel, gpus, width)] if len(strips) < height else strips
    spare = room // len(gpus) - 1
    detailed = spare > 0 and width >= _FULL and any(map(has_detail, gpus))
    spare -= detailed
    for place, gpu in enumerate(gpus):
        line = _full(panel, gpu, width, view) if width >= _FULL else Line(width, panel.plain)
        strips.append(line.strip() if width >= _FULL else Strip(_short(panel, gpu, width, view), width))
        strips += [detail_line(panel, gpu, width)] if detailed else []
        history = snapshot.gpu_history[place] if place < len(snapshot.gpu_history) else ()
        strips += history_rows(panel, history, width, spare) if spare > 1 and view == "utilisation" else []
    return [*strips, totals_line(panel, gpus, width)] if len(gpus) > 1 and len(strips) < height else strips


def _title(panel: Panel, snapshot: Snapshot, width: int) -> Strip:
    """What there is and how busy it is together; or for how long nobody has said."""
    age = snapshot.sample.stale.get("gpus")
    if age is None:
        return panel.title_line(width, "GPUs", _sum_up(snapshot.sample.gpus, width - 8)).strip()
    line = panel.title_line(width, "GPUs", _kinds(snapshot.sample.gpus))
    return line.right(f" no reading for {age:.0f} s ", paint(panel.theme.bad, panel.theme.bar, bold=True)).strip()


def _kinds(gpus: Sequence[GpuReading]) -> str:
    # The maker's name would take the place of a figure.
    kinds = Counter(plain_text(gpu.name).removeprefix("NVIDIA ") for gpu in gpus)
    words = " + ".join(f"{number} × {name}" for name, number in kinds.items())
    known = [gpu for gpu in gpus if gpu.engine is not None]
    owned = sum(bool(gpu.engine) for gpu in known)
    return f"{words}, {owned} the engine's, not {_OTHERS}" if known and owned < len(gpus) else words


def _sum_up(gpus: Sequence[GpuReading], width: int) -> str:
    """`6 × NVIDIA H200 · util 97 % · SM 64 % · tensor 15 % · DRAM 51 % · 3,672 W`, as many whole parts as fit."""
    powers = [gpu.power_w for gpu in gpus if gpu.power_w is not None]
    parts = [
        _kinds(gpus),
        f"util {numbers.percent(_mean(gpu.util for gpu in gpus))}",
        f"{numbers.count(sum(powers) if powers else None)} W",
    ]
    for name, mean in (
        ("SM", _mean(gpu.sm for gpu in gpus)),
        ("tensor", _mean(gpu.tensor for gpu in gpus)),
        ("DRAM", _mean(gpu.dram for gpu in gpus)),
    ):
        if mean is not None:
            parts.insert(-1, f"{name} {numbers.percent(mean)}")
    while len(parts) > 1 and cell_len(" · ".join(parts)) > width:
        parts.pop()
    return shortened(" · ".join(parts), width)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _heads(panel: Panel, width: int, view: GpuView) -> Strip:
    line = Line(width, panel.plain).put(f" GPU  {_VIEWS[view]}", panel.muted)
    return line.right(f"{'memory GiB':>16}{'power W':>13}{'°C':>6} ", panel.muted).strip()


def _full(panel: Panel, gpu: GpuReading, width: int, view: GpuView) -> Line:
    """`  0  ██████████░░  97 %    128 / 141    612 / 700    66`."""
    line = Line(width, panel.plain).put(f" {gpu.index:>3}{_mark(gpu)} ", _whose(panel, gpu))
    if gpu.lost is not None:
        return line.put(shortened(f"lost: {gpu.lost}", line.room), panel.ink(panel.theme.bad, bold=True))
    memory = f"{numbers.gib(gpu.mem_used)} / {numbers.gib(gpu.mem_total)}"
    power = f"{numbers.count(gpu.power_w)} / {numbers.count(gpu.power_limit_w)}"
    line.right(f"{memory:>16}{power:>13}{numbers.count(gpu.temp_c):>6} ", panel.plain)
    line.right(f"{_percent(gpu, view):>6}", panel.strong)
    return line.extend(load_bar(panel, _share(gpu, view), line.room - 1))


def _short(panel: Panel, gpu: GpuReading, width: int, view: GpuView) -> list[Segment]:
    """One GPU in a narrow place: its number and utilisation, and what else fits, with units."""
    number, load = f"{gpu.index:>2}{_mark(gpu)}", f"{_percent(gpu, view):>6}"
    room = width - len(number) - len(load) - 4
    extras = ""
    for text in (
        f"{_unit(gpu.mem_used, 'G'):>6}",
        f"{_watts(gpu.power_w):>6}",
        f"{_degrees(gpu.temp_c):>6}",
    ):
        if len(extras) + len(text) <= room:
            extras += text
    rest = width - len(number) - len(load) - len(extras)
    line = Line(width, panel.plain).put(number, _whose(panel, gpu))
    if gpu.lost is not None:
        return list(line.put("lost", panel.ink(panel.theme.bad, bold=True)).strip())
    line.extend(load_bar(panel, _share(gpu, view), rest))
    return list(line.put(load, panel.strong).put(extras, panel.plain).strip())


def _side_by_side(panel: Panel, gpus: Sequence[GpuReading], width: int, rows: int, view: GpuView) -> list[Strip]:
    """As few columns as hold all GPUs, filled from the top down."""
    across = -(-len(gpus) // rows)
    each = max(1, (width - 2 - _GAP * (across - 1)) // across)
    strips: list[Strip] = []
    for row in range(-(-len(gpus) // across)):
        line: list[Segment] = [Segment(" ", panel.plain)]
        for place in range(row, len(gpus), -(-len(gpus) // across)):
            line += [*_short(panel, gpus[place], each, view), Segment(" " * _GAP, panel.plain)]
        strips.append(Strip(line).adjust_cell_length(width, panel.plain))
    return strips


def _cells(panel: Panel, gpus: Sequence[GpuReading], width: int, rows: int, view: GpuView) -> list[Strip]:
    """`  0▇98  `, as many beside each other as fit; what has no room is counted."""
    across = max(1, (width - 2) // _CELL)
    strips: list[Strip] = []
    for row in range(min(rows, -(-len(gpus) // across))):
        line = Line(width, panel.plain).put(" ", panel.plain)
        for gpu in gpus[row * across : (row + 1) * across]:
            share = _share(gpu, view)
            height = RISING[eighths(share, 1.0, 1)] if gpu.lost is None else "×"
            said = "lost" if gpu.lost is not None else numbers.NOT_KNOWN if share is None else f"{100 * share:.0f}"
            line.put(f"{_mark(gpu)}{gpu.index:>2}", _whose(panel, gpu))
            line.put(height, panel.ink(panel.theme.load if gpu.lost is None else panel.theme.bad))
            line.put(f"{said:<4}", panel.strong)
        strips.append(line.strip())
    hidden = len(gpus) - across * len(strips)
    if hidden > 0:
        strips[-1] = Line(width, panel.plain).put(f" and {hidden + across} GPUs more", panel.muted).strip()
    return strips


def _share(gpu: GpuReading, view: GpuView) -> float | None:
    """Of 1; null: not known."""
    value, whole = {
        "utilisation": (gpu.util, 100.0),
        "power": (gpu.power_w, gpu.power_limit_w),
        "memory": (gpu.mem_used, gpu.mem_total),
        "tensor": (gpu.tensor, 100.0),
    }[view]
    return None if value is None or not whole else value / whole


def _percent(gpu: GpuReading, view: GpuView) -> str:
    share = _share(gpu, view)
    return numbers.percent(None if share is None else 100 * share)


def _mark(gpu: GpuReading) -> str:
    return _OTHERS if gpu.engine is False else " "


def _whose(panel: Panel, gpu: GpuReading) -> Style:
    """Bright where the engine uses it, or where nobody knows."""
    return panel.muted if gpu.engine is False else panel.plain


def _unit(value: int | None, unit: str) -> str:
    return numbers.NOT_KNOWN if value is None else f"{value / 2**30:.0f}{unit}"


def _watts(value: float | None) -> str:
    return numbers.NOT_KNOWN if value is None else f"{value:.0f}W"


def _degrees(value: float | None) -> str:
    return numbers.NOT_KNOWN if value is None else f"{value:.0f}°C"
