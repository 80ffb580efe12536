"""What all panels share: a title bar, and redrawing only the lines that changed."""

from typing import ClassVar

from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from stress.fold.snapshot import Snapshot
from tui.draw.line import Line
from tui.plain_text import shortened
from tui.theme import DARK, Theme, paint


class Panel(Widget, can_focus=False):
    """A rectangle that draws itself from a Snapshot, line by line."""

    theme: Theme = DARK
    moves: ClassVar[bool] = False
    """It moves between snapshots too, and is shown each one again and again."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, id=name)
        self.snapshot: Snapshot | None = None
        self._drawn: list[Strip] = []
        self.safe = False
        """What is shown is streamer-safe."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        """The panel's lines at this size, at most `height` of them, each `width` cells wide."""
        raise NotImplementedError

    def lines(self, width: int, height: int) -> list[Strip] | None:
        """What it shows at this size; null: nothing yet."""
        return None if self.snapshot is None else self.draw(self.snapshot, width, height)

    def show(self, snapshot: Snapshot) -> None:
        """Draw this snapshot."""
        self.snapshot = snapshot
        self.redraw()

    def set_safe(self, on: bool) -> None:
        """What comes from now on is streamer-safe, or no longer; texts that were kept go."""
        self.safe = on

    def clear(self) -> None:
        """Draw nothing: there is nothing to show."""
        if self.snapshot is not None:
            self.snapshot, self._drawn = None, []
            self.refresh()

    def redraw(self) -> None:
        """Draw the newest snapshot again; only lines that differ go to the terminal."""
        width, height = self.size
        drawn = self.lines(width, height) if width and height else None
        if drawn is None:
            return
        before, self._drawn = self._drawn, drawn[:height]
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

    def line(self, width: int) -> Line:
        """An empty line of the panel, one cell in from its left."""
        return Line(width, self.plain).put(" ", self.plain)

    def title_line(self, width: int, text: str, note: str = "") -> Line:
        """The panel's title bar: its name, and a muted note such as a unit and a window beside it."""
        bar = self.theme.bar
        line = Line(width, paint(self.theme.text, bar))
        line.put(f" {text} ", paint(self.theme.strong, bar, bold=True))
        return line.put(f" {shortened(note, line.room - 2)}" if note else "", paint(self.theme.muted, bar))
