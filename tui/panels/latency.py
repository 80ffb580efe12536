"""TTFT and ITL: their percentiles, and how they are spread at this moment."""

from collections.abc import Sequence

from rich.style import Style
from textual.strip import Strip

from stress.events import AgentState
from stress.fold.snapshot import Snapshot
from stress.readings import Percentiles
from stress.stats.histogram import BINS_A_DECADE
from tui import numbers
from tui.draw.cells import area, eighths
from tui.draw.line import Line
from tui.panels.panel import LABELS, Panel
from tui.plain_text import shortened

_SMALLEST = 5
"""Lines that both histograms together need."""
LONG_MS = 2000.0
"""A reader who waits this long for a first token notices."""
Shape = Sequence[tuple[int, int]]
"""(bin, count) as `stress.stats.histogram.Histogram.shape` has it."""


_NAMES = {"TTFT": "time to first token", "ITL": "gap between tokens"}
_SHORT = 6
"""Cells of a row's name where it is not spelt out."""
_LEAST = 7
"""Cells of a column, at least: `10.2 s` and a space."""
FAST, READING = 10.0, 4.0
"""Tokens a second: hardly anybody reads faster than the first; few read slower than the second."""
_AT_ONCE_MS = 50.0
"""Nobody notices a shorter wait."""


class Latency(Panel[Snapshot]):
    """Two latencies, three percentiles each, and in words what a user of one agent would feel; below, histograms."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        sample, felt = snapshot.sample, words(snapshot)
        # The names are spelt out where they leave room for the figures.
        spelt = max(len(f"{short}, {name}") for short, name in _NAMES.items())
        if width - 2 - spelt < 3 * _LEAST:
            spelt = _SHORT
        column = max(_LEAST, (width - 2 - spelt) // 3)
        gap = [self.line(width).strip()] if height >= 6 else []
        heads = self.line(width).put(" " * spelt, self.muted)
        for name in ("p50", "p95", "p99"):
            heads.put(f"{name:>{column}}", self.muted)
        rows = [
            self._row("TTFT", sample.ttft_ms, spelt, column, width),
            self._row("ITL", sample.itl_ms, spelt, column, width),
        ]
        # Where there is no line for the words, they stand in the title bar.
        note = numbers.window(sample) if height >= 5 else felt.partition(":")[0]
        lines = [self.title_line(width, "LATENCY", note).strip(), *gap, heads.strip(), *rows, *gap]
        lines.append(self.line(width).put(shortened(felt, width - 2), self._felt_ink(snapshot)).strip())
        room = height - len(lines)
        return lines + (self.spread(snapshot.ttft_shape, snapshot.itl_shape, width, room) if room >= _SMALLEST else [])

    def _felt_ink(self, snapshot: Snapshot) -> Style:
        wait = snapshot.sample.ttft_ms.p50
        wait = 1000 * (snapshot.waiting.longest_s or 0.0) if wait is None else wait
        return self.ink(self.theme.waiting, bold=True) if wait >= LONG_MS else self.muted

    def _row(self, name: str, values: Percentiles, spelt: int, column: int, width: int) -> Strip:
        label = f"{name}, {_NAMES[name]}" if spelt > _SHORT else name
        line = self.line(width).put(f"{label:<{spelt}}", self.plain)
        for value in (values.p50, values.p95, values.p99):
            line.put(f"{numbers.latency(value):>{column}}", self.strong)
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
            line.to(LABELS + column).put(f"╵{_mark(10.0**decade)}", self.muted)
        return line.right(f"{_mark(10.0 ** (last // BINS_A_DECADE))}╵", self.muted).strip()


def words(snapshot: Snapshot) -> str:
    """What a user of a mean agent feels: `waits 32 s, then fast: 196 tok/s each`."""
    sample, longest_s = snapshot.sample, snapshot.waiting.longest_s or 0.0
    # Not from the gaps between tokens: where several come at once, most gaps are nothing.
    streaming = snapshot.cells.count(AgentState.GENERATING)
    rate = sample.tok_s / streaming if streaming and sample.tok_s else None
    wait = sample.ttft_ms.p50
    if wait is None:
        if longest_s >= LONG_MS / 1000:
            return f"no reply begins, the longest wait is {numbers.wait(longest_s)}"
        if rate is None:
            return f"no first token in the last {sample.window_s:g} s"
        return f"replies stream {_speed(rate)}: {numbers.count(rate)} tok/s each"
    text = f"waits {numbers.wait(wait / 1000)}" if wait >= _AT_ONCE_MS else "hardly waits"
    return text if rate is None else f"{text}, then {_speed(rate)}: {numbers.count(rate)} tok/s each"


def _speed(rate: float) -> str:
    return "fast" if rate >= FAST else "at reading speed" if rate >= READING else "slowly"


def _mark(ms: float) -> str:
    return f"{numbers.count(ms / 1000)} s" if ms >= 1000 else f"{ms:g} ms"
