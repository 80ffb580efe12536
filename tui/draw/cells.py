"""Runs of single character cells, and the areas and bars made of them in eighths of a cell.

Filled areas in block characters, not braille dots: they read from across a room, survive video compression,
and every terminal font has them.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from rich.segment import Segment
from rich.style import Style

from tui.theme import paint

Cell = tuple[str, Style]
"""One character, one cell wide, and its style."""

RISING = " ▁▂▃▄▅▆▇█"
"""A cell filled from below by 0 to 8 eighths."""
_BAR = "▆"
"""Three quarters high: bars on neighbouring lines stay apart."""
_TRACK = "▁"
FRONT, BACK, BOTH = "█", "░", "▓"
"""What fills two areas, and where they overlap, that no colour tells apart."""


def segments(cells: Sequence[Cell]) -> list[Segment]:
    """The cells as segments, one for each run of the same style."""
    return [Segment("".join(char for char, _ in run), style) for style, run in groupby(cells, key=itemgetter(1))]


def eighths(value: float | None, top: float, rows: int) -> int:
    """How many eighths of a cell the value reaches in a chart of this many rows.

    A value above zero shows at least one eighth: "little" does not look like "nothing".
    """
    if not value or top <= 0:
        return 0
    return min(rows * 8, max(1, round(value / top * rows * 8)))


def bar(share: float | None, width: int, ink: Style, track: Style) -> list[Segment]:
    """A horizontal bar: `share` (0 to 1; None is empty) of `width` cells in ink, the rest as its track."""
    full = min(width, -(-eighths(share, 1.0, width) // 8))
    return [Segment(_BAR * full, ink), Segment(_TRACK * (width - full), track)]


def area(heights: Sequence[int], rows: int, inks: Sequence[str], ground: str) -> list[list[Cell]]:
    """A filled area, top row first.

    Args:
        heights: each column's height in eighths of a row.
        rows: the chart's height in rows.
        inks: each column's colour.
        ground: the colour above the area.
    """
    styles = [paint(ink, ground) for ink in inks]
    return [
        [(RISING[max(0, min(8, height - below))], style) for height, style in zip(heights, styles, strict=True)]
        for below in _feet(rows)
    ]


def _feet(rows: int) -> range:
    """Where each row of a chart begins, in eighths above its foot; top row first."""
    return range((rows - 1) * 8, -1, -8)


def two_shades(front: Sequence[int], back: Sequence[int], rows: int, style: Style) -> list[list[Cell]]:
    """As `two_areas`, told apart by characters in place of colours; the area behind has no edge finer than a cell."""
    grid: list[list[Cell]] = []
    for below in _feet(rows):
        line: list[Cell] = []
        for front_height, back_height in zip(front, back, strict=True):
            near = max(0, min(8, front_height - below))
            far = back_height - below >= 4 or (back_height > 0 and below == 0)
            char = (BOTH if far else FRONT) if near == 8 else RISING[near] if near else BACK if far else " "
            line.append((char, style))
        grid.append(line)
    return grid


def two_areas(
    front: Sequence[int], back: Sequence[int], rows: int, inks: tuple[str, str, str], ground: str
) -> list[list[Cell]]:
    """Two filled areas, one seen through the other, so that both edges stay visible; top row first.

    Args:
        front: each column's height of the area in front, in eighths of a row.
        back: the same of the area behind it.
        rows: the chart's height in rows.
        inks: the colours of the front area, of the back area, and of where they overlap.
        ground: the colour above both.
    """
    front_ink, back_ink, overlap = inks
    grid: list[list[Cell]] = []
    for below in _feet(rows):
        line: list[Cell] = []
        for front_height, back_height in zip(front, back, strict=True):
            near = max(0, min(8, front_height - below))
            far = max(0, min(8, back_height - below))
            # A cell has two colours. Where both edges cross it, the front one is drawn.
            if 0 < near < 8:
                ink = overlap if far >= near else front_ink
                line.append((RISING[near], paint(ink, back_ink if far == 8 else ground)))
            elif near == 8:
                line.append((RISING[far], paint(overlap, front_ink)))
            else:
                line.append((RISING[far], paint(back_ink, ground)))
        grid.append(line)
    return grid
