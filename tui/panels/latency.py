"""TTFT and ITL: their percentiles, and how they are spread at this moment."""

from collections.abc import Sequence

from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from stress.readings import Percentiles
from stress.stats.histogram import BINS_A_DECADE
from tui import numbers
from tui.draw.cells import area, eighths
from tui.draw.line import Line
from tui.panels.panel import LABELS, Panel

_SMALLEST = 5
"""Lines that both histograms together need."""
Shape = Sequence[tuple[int, int]]
"""(bin, count) as `stress.stats.histogram.Histogram.shape` has it."""


class Latency(Panel[Snapshot]):
    """A small table: two latencies, three percentiles each, in milliseconds; where there is room, their histograms."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        sample = snapshot.sample
        title = self.title_line(width, "LATENCY", f"ms, {numbers.window(sample)}").strip()
        gap = [self.line(width).strip()] if height >= 6 else []
        heads = self.line(width).put(f"{'':<6}", self.muted)
        column = max(8, (width - 8) // 3)
        for name in ("p50", "p95", "p99"):
            heads.put(f"{name:>{column}}", self.muted)
        words = self.line(width).put("TTFT to the first token, ITL between tokens", self.muted).strip()
        rows = [self._row("TTFT", sample.ttft_ms, column, width), self._row("ITL", sample.itl_ms, column, width)]
        lines = [title, *gap, heads.strip(), *rows, *gap, words]
        room = height - len(lines)
        return lines + (self.spread(snapshot.ttft_shape, snapshot.itl_shape, width, room) if room >= _SMALLEST else [])

    def _row(self, name: str, values: Percentiles, column: int, width: int) -> Strip:
        line = self.line(width).put(f"{name:<6}", self.plain)
        for value in (values.p50, values.p95, values.p99):
            line.put(f"{numbers.milliseconds(value):>{column}}", self.strong)
        return line.strip()

    def spread(self, ttft: Shape, itl: Shape, width: int, height: int) -> list[Strip]:
        """Histograms of TTFT and ITL on one logarithmic axis of milliseconds, in so many lines, at least 5.

        Nothing while there are no times.
        """
        bins = [place for place, _ in (*ttft, *itl)]
        picture = width - LABELS - 1
        if not bins or picture < 1:
            return []
        # Whole decades, so that the axis stands still while the times move a little.
        first = min(bins) // BINS_A_DECADE * BINS_A_DECADE
        last = (max(bins) // BINS_A_DECADE + 1) * BINS_A_DECADE
        rows = (height - 1) // 2
        strips: list[Strip] = []
        for name, shape, colour in (("TTFT", ttft, self.theme.agents), ("ITL", itl, self.theme.tokens)):
            counts = dict(shape)
            most = max(counts.values(), default=0)
            columns = [counts.get(first + column * (last - first) // picture, 0) for column in range(picture)]
            grid = area([eighths(count, most, rows) for count in columns], rows, [colour] * picture, self.theme.ground)
            strips += self.chart(grid, {rows - 1: name}, self.muted)
        return [*strips, self._axis(first, last, width, picture)]

    def _axis(self, first: int, last: int, width: int, picture: int) -> Strip:
        line = Line(width, self.plain)
        for decade in range(first // BINS_A_DECADE, last // BINS_A_DECADE):
            column = (decade * BINS_A_DECADE - first) * picture // (last - first)
            line.to(LABELS + column).put(f"╵{_words(10.0**decade)}", self.muted)
        return line.right(f"{_words(10.0 ** (last // BINS_A_DECADE))}╵", self.muted).strip()


def _words(ms: float) -> str:
    return f"{numbers.count(ms / 1000)} s" if ms >= 1000 else f"{ms:g} ms"
