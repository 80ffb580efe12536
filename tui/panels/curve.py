"""Throughput over time, with the number of agents stepped behind it.

Drawn by hand: textual-plot 0.10 took 28 ms of CPU a frame for two lines of 600 points at 120×40 (43 ms at
200×60), which alone is more than the whole screen may cost at ten frames a second.
"""

from collections.abc import Sequence

from rich.segment import Segment
from textual.strip import Strip

from stress.fold.ghost import at, ratio
from stress.fold.snapshot import Point, Snapshot
from stress.units import format_duration
from tui import numbers
from tui.draw.cells import BACK, BOTH, FRONT, Cell, eighths, segments, two_areas, two_shades
from tui.draw.line import Line
from tui.draw.scale import Axis, round_span, round_up
from tui.panels.panel import LABELS, Panel
from tui.theme import paint

_RIGHT = 6
"""Cells at the right of the picture, for the labels of the second axis."""
_PEAK, _KNEE, _LIMIT = "▼", "◆", "╌"
Column = tuple[float, int] | None
"""(tok/s, agents); None: no data yet."""


def columns(curve: Sequence[Point], span: float, width: int) -> list[Column]:
    """The curve as one (tok/s, agents) a column: the mean and the most of the points in it.

    A column between two points repeats the one before; a column after the last point is None.

    Args:
        curve: points, oldest first.
        span: the seconds that the whole width stands for.
        width: the number of columns.
    """
    sums = [[0.0, 0.0, 0.0] for _ in range(width)]
    last = -1
    for point in curve:
        last = min(width - 1, max(0, int(point.t / span * width)))
        entry = sums[last]
        entry[0] += 1
        entry[1] += point.tok_s
        entry[2] = max(entry[2], point.agents)
    result: list[Column] = []
    before = (0.0, 0)
    for index, (points, tokens, agents) in enumerate(sums):
        if points:
            before = (tokens / points, int(agents))
        result.append(before if index <= last else None)
    return result


class Curve(Panel[Snapshot]):
    """Two areas on a time axis: tok/s with its labels on the left, agents with theirs on the right."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._axis = Axis()
        self._top = 0.0
        self.beside: Snapshot | None = None
        """The other side of a duel: both curves have the same axes."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        rows, picture = height - 2, width - LABELS - _RIGHT
        if rows < 1 or picture < 1:
            return [self._title(snapshot, width)]
        both = [snapshot] if self.beside is None else [snapshot, self.beside]
        span, parts = round_span(max(_end(shown) for shown in both))
        self._top = top = self._axis.fit(max(_highest(shown) for shown in both))
        most = round_up(max(_most_agents(shown) for shown in both), least=1.0)
        cells = columns(snapshot.curve, span, picture)
        grid = self._areas(
            [eighths(c and c[0], top, rows) for c in cells], [eighths(c and c[1], most, rows) for c in cells], rows
        )
        self._draw_marks(snapshot, grid, cells)
        self._draw_ghost(snapshot, grid, span)
        strips = [self._title(snapshot, width)]
        shares = {0: 1.0, rows // 2: 0.5, rows - 1: 0.0}
        tokens, agents = self.ink(self.theme.tokens), self.ink(self.theme.agents)
        for row, line in enumerate(grid):
            left, right = (numbers.axis(end * shares[row]) if row in shares else "" for end in (top, most))
            labels = Segment(f"{left:>{LABELS - 1}} ", tokens), Segment(f" {right:<{_RIGHT - 1}}", agents)
            strips.append(Strip([labels[0], *segments(line), labels[1]], width))
        return [*strips, self._time_axis(width, picture, span, parts)]

    def _areas(self, tokens: Sequence[int], agents: Sequence[int], rows: int) -> list[list[Cell]]:
        theme = self.theme
        if theme.shaded:
            return two_shades(tokens, agents, rows, self.plain)
        return two_areas(tokens, agents, rows, (theme.tokens, theme.agents_area, theme.overlap), theme.ground)

    def _draw_marks(self, snapshot: Snapshot, grid: list[list[Cell]], cells: Sequence[Column]) -> None:
        """Mark the line that no engine can exceed, the peak and the knee, over what is there."""
        rows, limit = len(grid), snapshot.sample.roofline
        if limit is not None and 0 < limit.tok_s <= self._top:
            line = grid[self._row(limit.tok_s, rows)]
            line[:] = [(_LIMIT, self.ink(self.theme.bad)) if cell[0] == " " else cell for cell in line]
        known = [(cell, place) for place, cell in enumerate(cells) if cell is not None]
        if not known:
            return
        tok_s, place = max((cell[0], place) for cell, place in known)
        if tok_s > 0:
            grid[max(0, self._row(tok_s, rows) - 1)][place] = (_PEAK, self.strong)
        if (knee := snapshot.knee) is not None:
            for place in [place for cell, place in known if cell[1] >= knee.agents][:1]:
                grid[rows - 1][place] = (_KNEE, self.strong)

    def _draw_ghost(self, snapshot: Snapshot, grid: list[list[Cell]], span: float) -> None:
        """The recorded run's throughput as a dotted line over everything, also where this one has not come to yet."""
        ghost = snapshot.about.ghost
        if ghost is None or self._top <= 0:
            return
        picture = len(grid[0])
        for column in range(picture):
            theirs = at(ghost, (column + 0.5) / picture * span)
            if theirs is not None:
                grid[self._row(theirs, len(grid))][column] = ("•", self.ink(self.theme.strong, bold=True))

    def _row(self, tok_s: float, rows: int) -> int:
        return min(rows - 1, max(0, rows - 1 - int(tok_s / self._top * rows)))

    def _title(self, snapshot: Snapshot, width: int) -> Strip:
        theme = self.theme
        line = self.title_line(width, "THROUGHPUT")
        both, back = (BOTH, BACK) if theme.shaded else (FRONT, FRONT)
        # A bar whose two colours are turned round would turn the shades round too.
        behind = theme.ground if theme.shaded else theme.bar
        words = paint(theme.text, behind)
        line.put(f" {FRONT}", paint(theme.tokens, behind)).put(" ← tok/s  ", words)
        # As it is in two places: behind the throughput, and above it.
        line.put(both, paint(theme.overlap, behind)).put(back, paint(theme.agents_area, behind))
        line.put(" agents → ", words)
        if snapshot.about.ghost is not None:
            line.put(" • ghost ", self.bar_ink(theme.strong, bold=True))
            ahead = ratio(snapshot.about.ghost, snapshot.sample.tok_s, snapshot.ramp_elapsed)
            line.put("" if ahead is None else f"{ahead:.2f} × it ", self.bar_ink(theme.warn, bold=True))
        peak = numbers.count(snapshot.peak_tok_s)
        line.right(f"{_PEAK} peak {peak} tok/s ", self.bar_ink(theme.muted))
        if snapshot.knee is not None:
            line.right(f"{_KNEE} knee {numbers.count(snapshot.knee.agents)}  ", self.bar_ink(theme.muted))
        limit = snapshot.sample.roofline
        if limit is not None:
            shown = f"{_LIMIT} " * (limit.tok_s <= self._top)
            line.right(f"{shown}limit {numbers.axis(limit.tok_s)}  ", self.bar_ink(theme.bad))
        return line.strip()

    def _time_axis(self, width: int, picture: int, span: float, parts: int) -> Strip:
        line = Line(width, self.plain)
        end = f"{format_duration(span)}╵"
        for part in range(parts):
            column, label = LABELS + picture * part // parts, f"╵{format_duration(span * part / parts)}"
            fits = column + len(label) < LABELS + picture - len(end)
            line.to(column).put(label if fits else "╵", self.muted)
        return line.to(LABELS + picture - len(end)).put(end, self.muted).strip()


def _end(snapshot: Snapshot) -> float:
    return max(snapshot.sample.t, snapshot.curve[-1].t if snapshot.curve else 0.0)


def _highest(snapshot: Snapshot) -> float:
    """The most tok/s of the run and of the ghost beside it, also where that is still to come."""
    ghost = snapshot.about.ghost
    theirs = [tok_s for _, tok_s, _ in ghost.points] if ghost else []
    return max([*(point.tok_s for point in snapshot.curve), *theirs], default=0.0)


def _most_agents(snapshot: Snapshot) -> int:
    planned = [agents for _, agents in snapshot.about.plan.points]
    return max([1, *planned, *(point.agents for point in snapshot.curve)])
