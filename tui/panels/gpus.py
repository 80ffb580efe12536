"""GPUs as lines: utilisation, memory, power and temperature, and how much of each chip was busy."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from stress.readings import GpuReading, engine_gpus
from stress.runs.naming import gpu_name
from tui import numbers
from tui.draw.cells import RISING, eighths
from tui.draw.line import Line
from tui.panels.panel import LABELS, Panel
from tui.plain_text import plain_text, shortened

_FULL = 56
"""From this width on, a GPU's line has memory and power against their limits, in columns with heads."""
_GAP = 2
_CELL = 8
CELLS_FROM = 16
"""With more GPUs than this each is a cell: its number, a column as high as its bar would be long, its percents."""
_OTHERS = "·"
"""Beside the number of a GPU that the engine does not use."""
_READINGS_S = 0.5
_BUSY_READINGS = 10
"""How busy GPUs are together is a mean of so many readings, about five seconds: they take turns faster than that."""
_SLOWDOWNS = {
    "power_cap": "power cap",
    "thermal": "too hot",
    "hardware": "hardware slowdown",
    "power_brake": "power brake",
}


class View(NamedTuple):
    """What the bars show."""

    head: str
    values: Callable[[GpuReading], tuple[float | None, float | None]]
    """A GPU's value, and what would fill the bar."""


VIEWS = {
    "utilisation": View("utilisation", lambda gpu: (gpu.util, 100.0)),
    "power": View("power draw", lambda gpu: (gpu.power_w, gpu.power_limit_w)),
    "memory": View("memory in use", lambda gpu: (gpu.mem_used, gpu.mem_total)),
    "tensor": View("tensor cores", lambda gpu: (gpu.tensor, 100.0)),
}


class Gpus(Panel[Snapshot]):
    """A GPU a line, side by side when there are more GPUs than lines.

    Where there is room for a second line, it says how much of the chip was busy, and what slows it down.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.view = "utilisation"

    def next_view(self) -> None:
        """Show the next of the GPUs' metrics."""
        views = list(VIEWS)
        self.view = views[(views.index(self.view) + 1) % len(views)]
        self.redraw()

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        gpus = snapshot.sample.gpus
        strips = [self._gpus_title(snapshot, width)]
        if width >= _FULL and len(gpus) <= height - 2:
            strips.append(self._heads(snapshot, width))
        room = max(1, height - len(strips))
        if len(gpus) > CELLS_FROM:
            strips += self._cells(gpus, width, room)
        elif len(gpus) > room:
            strips += self._side_by_side(gpus, width, room)
        else:
            together = len(gpus) > 1 and room > len(gpus)  # their last line
            strips += self._one_by_one(snapshot, width, room - together)
        return [*strips, self._totals(snapshot, width)] if len(gpus) > 1 and len(strips) < height else strips

    def _gpus_title(self, snapshot: Snapshot, width: int) -> Strip:
        """What there is and how busy it is together; or for how long there has been no reading."""
        age, gpus = snapshot.sample.stale.get("gpus"), snapshot.sample.gpus
        if age is None:
            name = "GPUs UNDER LOAD" if snapshot.sample.phase == "done" else "GPUs"
            return self.title_line(width, name, _sum_up(gpus, width - len(name) - 4)).strip()
        line = self.title_line(width, "GPUs", _kinds(gpus))
        return line.right(f" no reading for {age:.0f} s ", self.bar_ink(self.theme.bad, bold=True)).strip()

    def _one_by_one(self, snapshot: Snapshot, width: int, rows: int) -> list[Strip]:
        gpus = snapshot.sample.gpus
        spare = rows // len(gpus) - 1
        detailed = spare > 0 and width >= _FULL and any(map(_has_detail, gpus))
        spare -= detailed
        strips: list[Strip] = []
        for place, gpu in enumerate(gpus):
            strips.append((self._full if width >= _FULL else self._short)(gpu, width))
            if detailed:
                strips.append(self._detail(gpu, width))
            if spare > 0 and self.view == "utilisation":
                strips += self.load_history(_strip(snapshot, place)[0], width, spare)
        return strips

    def _heads(self, snapshot: Snapshot, width: int) -> Strip:
        """The columns' heads; where there is room, how long the strips are."""
        line = Line(width, self.plain).right(f"{'memory GiB':>16}{'power W':>13}{'°C':>6} ", self.muted)
        line.put(f" GPU  {VIEWS[self.view].head}", self.muted)
        loads, column_s = _strip(snapshot, 0)
        span = f", last {column_s * (width - LABELS - 1):.0f} s"
        shown = loads and self.view == "utilisation" and len(span) < line.room
        return line.put(span if shown else "", self.muted).strip()

    def _full(self, gpu: GpuReading, width: int) -> Strip:
        """`  0  ██████████░░  97 %    128 / 141    612 / 700    66`."""
        mark, ink = self._whose(gpu)
        line = Line(width, self.plain).put(f" {gpu.index:>3}{mark} ", ink)
        if gpu.lost is not None:
            return line.put(shortened(f"lost: {gpu.lost}", line.room), self.ink(self.theme.bad, bold=True)).strip()
        memory = f"{numbers.gib(gpu.mem_used)} / {numbers.gib(gpu.mem_total)}"
        power = f"{numbers.count(gpu.power_w)} / {numbers.count(gpu.power_limit_w)}"
        line.right(f"{memory:>16}{power:>13}{numbers.count(gpu.temp_c):>6} ", self.plain)
        line.right(f"{numbers.share(self._share(gpu)):>6}", self.strong)
        return line.extend(self.load_bar(self._share(gpu), line.room - 1)).strip()

    def _short(self, gpu: GpuReading, width: int) -> Strip:
        """One GPU in a narrow place: its number and utilisation, and what else fits, with units."""
        mark, ink = self._whose(gpu)
        number, load = f"{gpu.index:>2}{mark}", f"{numbers.share(self._share(gpu)):>6}"
        memory = None if gpu.mem_used is None else gpu.mem_used / 2**30
        room = width - len(number) - len(load) - 4
        extras = ""
        for value, unit in ((memory, "G"), (gpu.power_w, "W"), (gpu.temp_c, "°C")):
            text = f"{numbers.whole(value, unit):>6}"
            if len(extras) + len(text) <= room:
                extras += text
        line = Line(width, self.plain).put(number, ink)
        if gpu.lost is not None:
            return line.put("lost", self.ink(self.theme.bad, bold=True)).strip()
        line.extend(self.load_bar(self._share(gpu), line.room - len(load) - len(extras) - 1))
        return line.put(load, self.strong).put(extras, self.plain).strip()

    def _detail(self, gpu: GpuReading, width: int) -> Strip:
        """Parts from left to right, as many whole ones as fit; what slows the chip down comes first."""
        line = Line(width, self.plain).put(" " * 6, self.plain)
        for reason in gpu.slowdowns or ():
            line.put(f"▼ {_SLOWDOWNS[reason]}  ", self.ink(self.theme.warn, bold=True))
        for label, value in (
            ("SM", numbers.percent(gpu.sm)),
            ("tensor", numbers.percent(gpu.tensor)),
            ("DRAM", numbers.percent(gpu.dram)),
            ("NVLink", _rate(gpu.nvlink_tx_mib_s)),
            ("MHz", f"{numbers.count(gpu.sm_clock_mhz)}/{numbers.count(gpu.sm_clock_max_mhz)}"),
            ("PCIe", _rate(gpu.pcie_tx_mib_s)),
            ("memory °C", numbers.count(gpu.mem_temp_c)),
        ):
            if numbers.NOT_KNOWN in value:
                continue
            if line.room < len(label) + len(value) + 3:
                break
            line.put(f"{label} ", self.muted).put(f"{value}  ", self.strong)
        return line.strip()

    def _side_by_side(self, gpus: Sequence[GpuReading], width: int, rows: int) -> list[Strip]:
        """As few columns as hold all GPUs, filled from the top down."""
        across = -(-len(gpus) // rows)
        used = -(-len(gpus) // across)
        each = max(1, (width - 2 - _GAP * (across - 1)) // across)
        strips: list[Strip] = []
        for row in range(used):
            line: list[Segment] = [Segment(" ", self.plain)]
            for gpu in gpus[row::used]:
                line += [*self._short(gpu, each), Segment(" " * _GAP, self.plain)]
            strips.append(Strip(line).adjust_cell_length(width, self.plain))
        return strips

    def _cells(self, gpus: Sequence[GpuReading], width: int, rows: int) -> list[Strip]:
        """`  0▇98  `, as many beside each other as fit; what has no room is counted."""
        across = max(1, (width - 2) // _CELL)
        strips: list[Strip] = []
        for row in range(min(rows, -(-len(gpus) // across))):
            line = self.line(width)
            for gpu in gpus[row * across : (row + 1) * across]:
                share, (mark, ink) = self._share(gpu), self._whose(gpu)
                height, colour = RISING[eighths(share, 1.0, 1)], self.theme.load
                words = numbers.whole(None if share is None else 100 * share, "")
                if gpu.lost is not None:
                    height, colour, words = "×", self.theme.bad, "lost"
                line.put(f"{mark}{gpu.index:>2}", ink).put(height, self.ink(colour)).put(f"{words:<4}", self.strong)
            strips.append(line.strip())
        hidden = len(gpus) - across * len(strips)
        if hidden > 0:
            strips[-1] = Line(width, self.plain).put(f" and {hidden + across} more GPUs", self.muted).strip()
        return strips

    def _totals(self, snapshot: Snapshot, width: int) -> Strip:
        """All GPUs together, and how evenly they share the work.

        `0.95 of 2 GPUs busy · 47 % (GPU 0) to 48 % (GPU 1) · 767 of 1,400 W · 16.0 GiB`.
        """
        gpus = snapshot.sample.gpus
        line = self.line(width).put("all  ", self.muted)
        busy = _busy(snapshot)
        parts: list[str] = [] if busy is None else [f"{busy[0]:.2f} of {busy[1]} GPUs busy"]
        line.put("".join(parts), self.strong)
        utils = [(gpu.util, gpu.index) for gpu in gpus if gpu.util is not None]
        if len(utils) > 1:
            (least, low), (most, high) = min(utils), max(utils)
            parts.append(f"{numbers.percent(least)} (GPU {low}) to {numbers.percent(most)} (GPU {high})")
        powers, limits = _known(gpu.power_w for gpu in gpus), _known(gpu.power_limit_w for gpu in gpus)
        if powers:
            whole = f" of {numbers.count(sum(limits))}" if len(limits) == len(powers) else ""
            parts.append(f"{numbers.count(sum(powers))}{whole} W")
        if memory := _known(gpu.mem_used for gpu in gpus):
            parts.append(f"{numbers.gib(sum(memory))} GiB")
        for place, part in enumerate(parts[busy is not None :], start=int(busy is not None)):
            text = f"{' · ' * (place > 0)}{part}"
            if line.room > len(text):
                line.put(text, self.plain)
        return line.strip()

    def _share(self, gpu: GpuReading) -> float | None:
        """How much of its bar is filled, of 1; None: not known."""
        value, whole = VIEWS[self.view].values(gpu)
        return None if value is None or not whole else value / whole

    def _whose(self, gpu: GpuReading) -> tuple[str, Style]:
        """The mark and the ink of its number: bright where the engine uses it, or where that is not known."""
        return (_OTHERS, self.muted) if gpu.engine is False else (" ", self.plain)


def _strip(snapshot: Snapshot, place: int) -> tuple[Sequence[float | None], float]:
    """A GPU's recent loads, as finely as they are known, and how many seconds apart they are."""
    if place < len(snapshot.gpu_fine) and (fine := snapshot.gpu_fine[place]).loads:
        return fine.loads, fine.column_s
    return (snapshot.gpu_history[place], _READINGS_S) if place < len(snapshot.gpu_history) else ((), _READINGS_S)


def _busy(snapshot: Snapshot) -> tuple[float, int] | None:
    """How many of the engine's GPUs are busy together, and of how many."""
    places = engine_gpus(snapshot.sample.gpus)
    loads = _known(_load(snapshot, place) for place in places)
    return (
        (sum(loads) / 100, len(places))
        if len(loads) == len(places) > 1 and "gpus" not in snapshot.sample.stale
        else None
    )


def _load(snapshot: Snapshot, place: int) -> float | None:
    """A GPU's utilisation, a mean of the last seconds; of a run that is over as it was under load."""
    if snapshot.whole is not None:
        return snapshot.sample.gpus[place].util
    return _mean(snapshot.gpu_history[place][-_BUSY_READINGS:]) if place < len(snapshot.gpu_history) else None


def kinds(gpus: Iterable[GpuReading]) -> str:
    """`2 × H100`: how many of which GPUs. A product's full name would take the place of a figure."""
    found = Counter(gpu_name(plain_text(gpu.name)) for gpu in gpus)
    return " + ".join(f"{number} × {name}" for name, number in found.items())


def _kinds(gpus: Sequence[GpuReading]) -> str:
    """These, and how many of them the engine uses."""
    words = kinds(gpus)
    known = [gpu for gpu in gpus if gpu.engine is not None]
    owned = sum(bool(gpu.engine) for gpu in known)
    return f"{words}, engine uses {owned}, not {_OTHERS}" if known and owned < len(gpus) else words


def _sum_up(gpus: Sequence[GpuReading], width: int) -> str:
    """`6 × H200 · util 97 % · SM 64 % · tensor 15 % · DRAM 51 % · 3,672 W`, as many whole parts as fit."""
    parts = [_kinds(gpus), f"util {numbers.percent(_mean(gpu.util for gpu in gpus))}"]
    for name, mean in (
        ("SM", _mean(gpu.sm for gpu in gpus)),
        ("tensor", _mean(gpu.tensor for gpu in gpus)),
        ("DRAM", _mean(gpu.dram for gpu in gpus)),
    ):
        if mean is not None:
            parts.append(f"{name} {numbers.percent(mean)}")
    powers = _known(gpu.power_w for gpu in gpus)
    parts.append(f"{numbers.count(sum(powers) if powers else None)} W")
    while len(parts) > 1 and cell_len(" · ".join(parts)) > width:
        parts.pop()
    return shortened(" · ".join(parts), width)


def _has_detail(gpu: GpuReading) -> bool:
    """There is something to say beside utilisation, memory, power and temperature."""
    return any(value is not None for value in (gpu.sm, gpu.tensor, gpu.dram, gpu.sm_clock_mhz, gpu.nvlink_tx_mib_s))


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _mean(values: Iterable[float | None]) -> float | None:
    known = _known(values)
    return sum(known) / len(known) if known else None


def _rate(mib_s: float | None) -> str:
    """What it sends, in MiB/s, or GiB/s from 1,000 on."""
    return f"{mib_s / 1024:.1f} GiB/s" if mib_s is not None and mib_s >= 1000 else numbers.whole(mib_s, " MiB/s")
