"""TTFT and ITL percentiles."""

from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from stress.readings import Percentiles
from tui import numbers
from tui.panels.panel import Panel
from tui.panels.spread import SMALLEST, spread


class Latency(Panel):
    """A small table: two latencies, three percentiles each, in milliseconds."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        sample = snapshot.sample
        roomy = height >= 6
        title = self.title_line(width, "LATENCY", f"ms, last {sample.window_s:g} s").strip()
        gap = [self.line(width).strip()] if roomy else []
        heads = self.line(width).put(f"{'':<6}", self.muted)
        column = max(8, (width - 8) // 3)
        for name in ("p50", "p95", "p99"):
            heads.put(f"{name:>{column}}", self.muted)
        words = self.line(width).put("TTFT to the first token, ITL between tokens", self.muted).strip()
        rows = [self._row("TTFT", sample.ttft_ms, column, width), self._row("ITL", sample.itl_ms, column, width)]
        lines = [title, *gap, heads.strip(), *rows, *gap, words]
        room = height - len(lines)
        if room < SMALLEST:
            return lines
        return [*lines, *spread(self, snapshot.ttft_shape, snapshot.itl_shape, width, room)]

    def _row(self, name: str, values: Percentiles, column: int, width: int) -> Strip:
        line = self.line(width).put(f"{name:<6}", self.plain)
        for value in (values.p50, values.p95, values.p99):
            line.put(f"{numbers.milliseconds(value):>{column}}", self.strong)
        return line.strip()
