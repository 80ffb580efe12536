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
FRONT, BACK = "█", "░"
"""What fills two areas that no colour tells apart."""
_STROKES = "▁━▔"
"""A level line low, in the middle and high in its cell: three heights a row, and every terminal font has them."""
_RISER = "┃"
_TURNS = {True: ("┛", "┏"), False: ("┓", "┗")}
"""Where a steep line leaves its level and where it comes to the next one: upwards, and downwards."""


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


def bar(share: float | None, width: int, ink: Style, track: Style, whole: bool = False) -> list[Segment]:
    """A horizontal bar: `share` (0 to 1; None is empty) of `width` cells in ink, the rest as its track.

    With `whole` it fills its line's height, as one of several lines of a bar; the last of them has the track.
    """
    full = min(width, -(-eighths(share, 1.0, width) // 8))
    filled, empty = (FRONT, " ") if whole else (_BAR, _TRACK)
    return [Segment(filled * full, ink), Segment(empty * (width - full), track)]


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


def rimmed_area(heights: Sequence[int], rows: int, rim: str, body: str, ground: str) -> list[list[Cell]]:
    """A filled area whose uppermost cell shines, top row first.

    However low it is, it is seen; and its body is dark enough for a line over it.

    Args:
        heights: each column's height in eighths of a row.
        rows: the chart's height in rows.
        rim: the colour of the uppermost eight eighths.
        body: the colour below them.
        ground: the colour above the area.
    """
    top, edge, below_it = paint(rim, ground), paint(body, rim), paint(body, ground)
    grid: list[list[Cell]] = []
    for below in _feet(rows):
        line: list[Cell] = []
        for height in heights:
            near = height - below
            if near <= 8:
                line.append((RISING[max(0, near)], top))
            elif near < 16:  # the rim's lower part, and the body under it
                line.append((RISING[near - 8], edge))
            else:
                line.append((FRONT, below_it))
        grid.append(line)
    return grid


def draw_line(
    grid: list[list[Cell]],
    shares: Sequence[float | None],
    heights: Sequence[int],
    styles: tuple[Style, Style, Style],
) -> None:
    """Draw a line over an area, three steps a row; a jump to another row is upright, with a corner at each end.

    Args:
        grid: the area, which the line is drawn into.
        shares: the line's height in each column, 0 to 1 of the chart's height; None: it is not there.
        heights: the area's height in each column, in eighths of a row.
        styles: the line's, above the area, on its rim and on its body.
    """
    rows = len(grid)
    above, on_rim, on_body = styles
    before: int | None = None
    for column, (share, height) in enumerate(zip(shares, heights, strict=True)):
        if share is None:
            before = None
            continue
        level = min(rows * 3 - 1, max(0, int(share * rows * 3)))
        strokes = {rows - 1 - level // 3: _STROKES[level % 3]}
        if before is not None and before // 3 != level // 3 and abs(level - before) > 1:
            leaves, comes = rows - 1 - before // 3, rows - 1 - level // 3
            first, last = _TURNS[level > before]
            between = range(min(leaves, comes) + 1, max(leaves, comes))
            strokes = {leaves: first, comes: last} | dict.fromkeys(between, _RISER)
        if 0 < height < 8:  # a low area has the lowest row for itself: under the line nobody would see it
            strokes.pop(rows - 1, None)
        for place, char in strokes.items():
            covered = height - (rows - 1 - place) * 8
            grid[place][column] = (char, above if covered < 4 else on_rim if covered <= 12 else on_body)
        before = level
