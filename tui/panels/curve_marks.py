"""What is marked in the curve's picture: the peak, the knee, and the line that no engine can exceed."""

from collections.abc import Sequence

from rich.style import Style

from stress.fold.snapshot import Snapshot
from tui.draw.cells import Cell

PEAK, KNEE, LIMIT = "▼", "◆", "╌"


def draw_marks(
    snapshot: Snapshot,
    grid: list[list[Cell]],
    columns: Sequence[tuple[float, int] | None],
    top: float,
    styles: tuple[Style, Style],
) -> None:
    """Put the marks into the grid, over what is there.

    Args:
        snapshot: the run.
        grid: the picture's cells, the top row first.
        columns: each column's (tok/s, agents); null: no data yet.
        top: the tok/s that the picture's height stands for.
        styles: of the marks, and of the line.
    """
    rows, (mark, line) = len(grid), styles
    limit = snapshot.sample.roofline
    if limit is not None and 0 < limit.tok_s <= top:
        row = _row(limit.tok_s, top, rows)
        for column, (char, _) in enumerate(grid[row]):
            if char == " ":
                grid[row][column] = (LIMIT, line)
    known = [(tok_s, place) for place, found in enumerate(columns) if found is not None for tok_s in [found[0]]]
    if not known:
        return
    tok_s, place = max(known)
    if tok_s > 0:
        grid[max(0, _row(tok_s, top, rows) - 1)][place] = (PEAK, mark)
    if snapshot.knee is not None:
        agents = snapshot.knee.agents
        at = next((place for place, found in enumerate(columns) if found is not None and found[1] >= agents), None)
        if at is not None:
            grid[rows - 1][at] = (KNEE, mark)


def _row(tok_s: float, top: float, rows: int) -> int:
    return min(rows - 1, max(0, rows - 1 - int(tok_s / top * rows)))
