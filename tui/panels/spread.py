"""How TTFT and ITL are spread at this moment: two histograms on one logarithmic axis of milliseconds."""

from collections.abc import Sequence

from rich.segment import Segment
from textual.strip import Strip

from stress.stats.histogram import BINS_A_DECADE
from tui import numbers
from tui.draw.cells import area, eighths, segments
from tui.draw.line import Line
from tui.panels.panel import Panel

SMALLEST = 5
"""Lines that both together need."""
_LEFT = 6
Shape = Sequence[tuple[int, int]]
"""(bin, count) as `stress.stats.histogram.Histogram.shape` has it."""


def spread(panel: Panel, ttft: Shape, itl: Shape, width: int, height: int) -> list[Strip]:
    """Both histograms and their axis, in so many lines (at least `SMALLEST`); nothing while there are no times."""
    bins = [place for place, _ in (*ttft, *itl)]
    picture = width - _LEFT - 1
    if not bins or picture < 1:
        return []
    first, last = _decades(min(bins), max(bins))
    rows = (height - 1) // 2
    strips: list[Strip] = []
    for name, shape, colour in (("TTFT", ttft, panel.theme.agents), ("ITL", itl, panel.theme.tokens)):
        counts = dict(shape)
        most = max(counts.values(), default=0)
        columns = [counts.get(first + column * (last - first) // picture, 0) for column in range(picture)]
        grid = area([eighths(count, most, rows) for count in columns], rows, [colour] * picture, panel.theme.ground)
        for row, line in enumerate(grid):
            left = Segment(f"{name if row == rows - 1 else '':>{_LEFT - 1}} ", panel.muted)
            strips.append(Strip([left, *segments(line), Segment(" ", panel.plain)], width))
    return [*strips, _axis(panel, first, last, width, picture)]


def _decades(lowest: int, highest: int) -> tuple[int, int]:
    """The bins of whole decades around these, so that the axis stands still while the times move a little."""
    return lowest // BINS_A_DECADE * BINS_A_DECADE, (highest // BINS_A_DECADE + 1) * BINS_A_DECADE


def _axis(panel: Panel, first: int, last: int, width: int, picture: int) -> Strip:
    line = Line(width, panel.plain)
    for decade in range(first // BINS_A_DECADE, last // BINS_A_DECADE):
        column = (decade * BINS_A_DECADE - first) * picture // (last - first)
        line.to(_LEFT + column).put(f"╵{_words(10.0**decade)}", panel.muted)
    return line.right(f"{_words(10.0 ** (last // BINS_A_DECADE))}╵", panel.muted).strip()


def _words(ms: float) -> str:
    return f"{numbers.count(ms / 1000)} s" if ms >= 1000 else f"{ms:g} ms"
