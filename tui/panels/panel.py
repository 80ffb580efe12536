"""What all panels share: a title bar, charts with labels, and redrawing only the lines that changed."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.draw.cells import Cell, area, bar, eighths, segments
from tui.draw.line import Line
from tui.plain_text import shortened
from tui.theme import DARK, Theme, paint

LABELS = 6
"""Cells at the left of a chart, for its labels."""

Shown = TypeVar("Shown")
"""What a panel shows: a run's Snapshot, or a DuelSnapshot."""


class Panel(Widget, Generic[Shown], can_focus=False):
    """A rectangle that draws itself from what it is shown, line by line."""

    theme: Theme = DARK
    moves = False
    """It moves between snapshots too, and is shown each one again and again."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, id=name)
        self.shown: Shown | None = None
        self._drawn: list[Strip] = []
        self.safe = False
        """What is shown is streamer-safe."""

    def draw(self, shown: Shown, width: int, height: int) -> list[Strip]:
        """The panel's lines at this size, at most `height` of them, each `width` cells wide."""
        raise NotImplementedError

    def show(self, shown: Shown | None) -> None:
        """Draw this; None: nothing."""
        self.shown = shown
        self.redraw()

    def set_safe(self, on: bool) -> None:
        """What comes from now on is streamer-safe, or no longer; texts that were kept go."""
        self.safe = on

    def redraw(self) -> None:
        """Draw the newest snapshot again; only lines that differ go to the terminal."""
        width, height = self.size
        if not width or not height:
            return
        before = self._drawn
        self._drawn = [] if self.shown is None else self.draw(self.shown, width, height)[:height]
        for y in range(max(len(before), len(self._drawn))):
            if before[y : y + 1] != self._drawn[y : y + 1]:
                self.refresh(Region(0, y, width, 1))

    def use_theme(self, theme: Theme) -> None:
        """Draw in these colours from now on."""
        self.theme = theme
        self.redraw()
        self.refresh()  # where nothing is drawn too

    def on_resize(self) -> None:
        """Draw again at the new size."""
        self.redraw()

    def render_line(self, y: int) -> Strip:
        """The line as drawn last."""
        if y < len(self._drawn):
            return self._drawn[y].adjust_cell_length(self.size.width, self.plain)
        return Strip.blank(self.size.width, self.plain)

    # --- styles by meaning, on the panel's ground

    def ink(self, colour: str, bold: bool = False) -> Style:
        """This colour on the panel's ground."""
        return paint(colour, self.theme.ground, bold)

    @property
    def plain(self) -> Style:
        """Ordinary text."""
        return self.ink(self.theme.text)

    @property
    def muted(self) -> Style:
        """Labels and units."""
        return self.ink(self.theme.muted)

    @property
    def strong(self) -> Style:
        """Numbers."""
        return self.ink(self.theme.strong, bold=True)

    # --- and on other grounds

    def bar_ink(self, colour: str, bold: bool = False) -> Style:
        """This colour on a title bar."""
        return paint(colour, self.theme.bar, bold)

    def badge(self, colour: str) -> Style:
        """Words on a ground of this colour."""
        return paint(self.theme.ink, colour, bold=True)

    # --- lines

    def line(self, width: int) -> Line:
        """An empty line of the panel, one cell in from its left."""
        return Line(width, self.plain).put(" ", self.plain)

    def bar_line(self, width: int) -> Line:
        """An empty title bar."""
        return Line(width, self.bar_ink(self.theme.text))

    def title_line(self, width: int, text: str, note: str = "") -> Line:
        """The panel's title bar: its name, and a muted note such as a unit and a window beside it."""
        line = self.bar_line(width).put(f" {text} ", self.bar_ink(self.theme.strong, bold=True))
        return line.put(f" {shortened(note, line.room - 2)}" if note else "", self.bar_ink(self.theme.muted))

    # --- charts

    def chart(self, grid: Sequence[Sequence[Cell]], labels: Mapping[int, str], style: Style) -> list[Strip]:
        """The chart's lines: at the left their labels by row, at most 5 cells wide; at the right an empty cell."""
        strips: list[Strip] = []
        for row, line in enumerate(grid):
            left = Segment(f"{labels.get(row, ''):>{LABELS - 1}} ", style)
            strips.append(Strip([left, *segments(line), Segment(" ", self.plain)], LABELS + len(line) + 1))
        return strips

    def load_bar(self, share: float | None, width: int) -> list[Segment]:
        """A load's bar, `share` from 0 to 1; empty when it is not known."""
        return bar(share, width, self.ink(self.theme.load), self.ink(self.theme.faint))

    def load_history(self, loads: Sequence[float | None], width: int, rows: int) -> list[Strip]:
        """Loads in percent as an area, the newest at the right, one a column; what is not known stays empty."""
        picture = max(0, width - LABELS - 1)
        if rows < 1 or not picture:
            return []
        newest = loads[-picture:]
        heights = [0] * (picture - len(newest)) + [eighths(load, 100.0, rows) for load in newest]
        grid = area(heights, rows, [self.theme.load] * picture, self.theme.track)
        return self.chart(grid, {rows - 1: "0", 0: "100 %"}, self.muted)
