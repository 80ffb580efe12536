"""A load as it is now and as it was: a bar, and an area on a fixed axis from 0 to 100 percent."""

from collections.abc import Sequence

from rich.segment import Segment
from textual.strip import Strip

from tui.draw.cells import area, bar, eighths, segments
from tui.panels.panel import Panel

_LEFT = 6


def load_bar(panel: Panel, share: float | None, width: int) -> list[Segment]:
    """A load's bar, `share` from 0 to 1; empty when it is not known."""
    return bar(share, width, panel.ink(panel.theme.load), panel.ink(panel.theme.faint))


def history_rows(panel: Panel, history: Sequence[float | None], width: int, rows: int) -> list[Strip]:
    """The newest values at the right, one a column, in this many rows; what is not known stays empty."""
    picture = max(0, width - _LEFT - 1)
    if rows < 1 or not picture:
        return []
    newest = list(history[-picture:])
    heights = [0] * (picture - len(newest)) + [eighths(value, 100.0, rows) for value in newest]
    grid = area(heights, rows, [panel.theme.load] * picture, panel.theme.track)
    strips: list[Strip] = []
    for row, line in enumerate(grid):
        label = "100 %" if row == 0 else ("0" if row == rows - 1 else "")
        left = Segment(f"{label:>{_LEFT - 1}} ", panel.muted)
        strips.append(Strip([left, *segments(line), Segment(" ", panel.plain)], width))
    return strips
