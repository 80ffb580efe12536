"""Throughput over time as an area, with the number of agents as a line over it.

Drawn by hand: textual-plot 0.10 took 28 ms of CPU a frame for two lines of 600 points at 120×40 (43 ms at
200×60), which alone is more than the whole screen may cost at ten frames a second.
"""

import math
from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

from rich.segment import Segment
from textual.strip import Strip

from stress.fold.ghost import Ghost, at, ratio
from stress.fold.snapshot import Point, Snapshot
from stress.units import format_duration
from tui import numbers
from tui.draw.cells import FRONT, Cell, area, draw_line, eighths, rimmed_area, segments
from tui.draw.line import Line
from tui.draw.scale import Axis, Scale, round_span, round_up
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


class Inks(NamedTuple):
    """The colours of a curve."""

    tokens: str
    """The rim of the area of throughput, and what is said of it."""
    body: str
    """The area's body."""
    agents: str
    """The line of agents, and what is said of it."""


class Curve(Panel[Snapshot]):
    """An area and a line on a time axis: tok/s with its labels on the left, agents with theirs on the right."""

    least_named = 40
    """Below this width the title has no room for the panel's name."""

    def __init__(self, name: str, axis: Axis | None = None) -> None:
        super().__init__(name)
        self._axis = axis or Axis()
        self._scale = Scale(0.0)
        self.logarithmic = False
        """The axis of tok/s is logarithmic."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        rows, picture = height - 2, width - LABELS - _RIGHT
        if rows < 1 or picture < 1:
            return [self._title(snapshot, width).strip()]
        inks, on_axes = self.inks, self.on_axes(snapshot)
        end = max(_end(shown) for shown in on_axes)
        span, parts = round_span(end)
        step = span / parts
        if end > 0 and all(shown.whole is not None for shown in on_axes):
            span = end  # nothing is to come
        highest = [_highest(shown, self.ghost(shown)) for shown in on_axes]
        top = self._axis.fit(max(highest))
        self._scale = scale = Scale.logarithmic(top, min(highest)) if self.logarithmic else Scale(top)
        most = round_up(max(_most_agents(shown) for shown in on_axes), least=1.0)
        cells = columns(snapshot.curve, span, picture)
        grid = self._picture(cells, most, rows)
        self._draw_marks(snapshot, grid, cells)
        self._draw_ghost(snapshot, grid, span)
        strips = [self._title(snapshot, width).strip()]
        left = {row: numbers.axis(value) for row, value in scale.labels(rows).items()}
        right = {row: numbers.axis(value) for row, value in Scale(most).labels(rows).items()}
        tokens, agents = self.ink(inks.tokens), self.ink(inks.agents)
        for row, line in enumerate(grid):
            before = Segment(f"{left.get(row, ''):>{LABELS - 1}} ", tokens)
            after = Segment(f" {right.get(row, ''):<{_RIGHT - 1}}", agents)
            strips.append(Strip([before, *segments(line), after], width))
        return [*strips, self._time_axis(width, picture, span, step)]

    @property
    def inks(self) -> Inks:
        """The colours to draw in."""
        return Inks(self.theme.tokens, self.theme.tokens_area, self.theme.agents)

    def on_axes(self, snapshot: Snapshot) -> list[Snapshot]:
        """All runs that have to fit on the axes; a run alone has them for itself."""
        return [snapshot]

    def ghost(self, snapshot: Snapshot) -> Ghost | None:
        """The recorded run that is drawn beside this one, also where this one has not come to yet."""
        return snapshot.about.ghost

    def _picture(self, cells: Sequence[Column], most: float, rows: int) -> list[list[Cell]]:
        """The area of throughput, and over it the line of agents."""
        ground, inks = self.theme.ground, self.inks
        heights = [eighths(self._scale.share(cell[0]) if cell else None, 1.0, rows) for cell in cells]
        above = paint(inks.agents, ground)
        if self.theme.shaded:  # two colours that are turned round would turn a rim and its body round too
            grid = area(heights, rows, [inks.body] * len(cells), ground)
            on_area = paint(inks.agents, self.theme.bar)
            styles = above, on_area, on_area
        else:
            grid = rimmed_area(heights, rows, inks.tokens, inks.body, ground)
            # A line in a colour of its own would be lost on the rim.
            styles = above, paint(ground, inks.tokens), paint(inks.agents, inks.body)
        draw_line(grid, [cell and cell[1] / most for cell in cells], heights, styles)
        return grid

    def _draw_marks(self, snapshot: Snapshot, grid: list[list[Cell]], cells: Sequence[Column]) -> None:
        """Mark the line that no engine can exceed, the peak and the knee, over what is there."""
        rows, limit = len(grid), snapshot.sample.roofline
        row = rows - 1 if limit is None or limit.tok_s > self._scale.top else self._scale.row(limit.tok_s, rows)
        if row < rows - 1:  # at the foot it would be taken for the axis
            line = grid[row]
            line[:] = [(_LIMIT, self.ink(self.theme.bad)) if cell[0] == " " else cell for cell in line]
        known = [(cell, place) for place, cell in enumerate(cells) if cell is not None]
        if not known:
            return
        tok_s, place = max((cell[0], place) for cell, place in known)
        if tok_s > 0:
            grid[max(0, self._scale.row(tok_s, rows) - 1)][place] = (_PEAK, self.strong)
        if (knee := snapshot.knee) is not None:
            for place in [place for cell, place in known if cell[1] >= knee.agents][:1]:
                grid[rows - 1][place] = (_KNEE, self.strong)

    def _draw_ghost(self, snapshot: Snapshot, grid: list[list[Cell]], span: float) -> None:
        """The recorded run's throughput as a dotted line over everything."""
        ghost = self.ghost(snapshot)
        if ghost is None or self._scale.top <= 0:
            return
        picture = len(grid[0])
        for column in range(picture):
            theirs = at(ghost, (column + 0.5) / picture * span)
            if theirs is not None:
                grid[self._scale.row(theirs, len(grid))][column] = ("•", self.ink(self.theme.strong, bold=True))

    def _title(self, snapshot: Snapshot, width: int) -> Line:
        theme, inks = self.theme, self.inks
        line = self.bar_line(width) if width < self.least_named else self.title_line(width, "THROUGHPUT")
        # On a bar of the terminal's own colours, or of two that are turned round, the inks would not be seen.
        behind = theme.bar if theme.bar.startswith("#") else theme.ground
        words = paint(theme.text, behind)
        line.put(f" {FRONT}", paint(inks.tokens, behind)).put(f" ← tok/s{', log' * self.logarithmic}  ", words)
        line.put("━━", paint(inks.agents, behind)).put(" agents → ", words)
        if (ghost := self.ghost(snapshot)) is not None:
            line.put(" • ghost ", self.bar_ink(theme.strong, bold=True))
            # Once the run is over, its average is not to be held against the ghost's last moment.
            over = snapshot.whole is not None
            ahead = None if over else ratio(ghost, snapshot.sample.tok_s, snapshot.ramp_elapsed)
            line.put("" if ahead is None else f"{ahead:.2f} × ghost ", self.bar_ink(theme.warn, bold=True))
        for text, colour in self.notes(snapshot):
            line.right(f"{text} ", self.bar_ink(colour))
        return line

    def notes(self, snapshot: Snapshot) -> list[tuple[str, str]]:
        """What the title says at its right, and in which colour, as far as it fits: the weightiest first."""
        theme = self.theme
        found = [(f"{_PEAK} peak {numbers.count(snapshot.peak_tok_s)} tok/s", theme.muted)]
        if snapshot.knee is not None:
            found.append((f"{_KNEE} knee {numbers.count(snapshot.knee.agents)} ", theme.muted))
        limit = snapshot.sample.roofline
        if limit is not None:
            shown = f"{_LIMIT} " * (limit.tok_s <= self._scale.top)
            found.append((f"{shown}roofline {numbers.axis(limit.tok_s)} ", theme.bad))
        return found

    def _time_axis(self, width: int, picture: int, span: float, step: float) -> Strip:
        """Marks at round times, as many of them as there is room for with their labels; and the axis' end."""
        line, end = Line(width, self.plain), f"{format_duration(span)}╵"
        each = next(step * factor for factor in count(1) if picture * step * factor / span > len(end) + 1)
        for place in range(math.ceil(span / each)):
            column, label = LABELS + int(picture * place * each / span), f"╵{format_duration(place * each)}"
            if column + len(label) < LABELS + picture - len(end):
                line.to(column).put(label, self.muted)
        return line.to(LABELS + picture - len(end)).put(end, self.muted).strip()


def _end(snapshot: Snapshot) -> float:
    return max(snapshot.sample.t, snapshot.curve[-1].t if snapshot.curve else 0.0)


def _highest(snapshot: Snapshot, ghost: Ghost | None) -> float:
    """The most tok/s of the run and of the ghost beside it, also where that is still to come."""
    theirs = [tok_s for _, tok_s, _ in ghost.points] if ghost else []
    return max([*(point.tok_s for point in snapshot.curve), *theirs], default=0.0)


def _most_agents(snapshot: Snapshot) -> int:
    planned = [agents for _, agents in snapshot.about.plan.points]
    return max([1, *planned, *(point.agents for point in snapshot.curve)])
