"""One line of the screen, put together from pieces of text."""

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.plain_text import drawn


class Line:
    """A line `width` cells wide on one ground; pieces go to its left end and to its right end.

    Nothing parses the pieces. Of each, what is visible is drawn; one that does not fit ends with an ellipsis. All text
    of the screen passes here.
    """

    def __init__(self, width: int, ground: Style) -> None:
        self.width = width
        self._ground = ground
        self._left: list[Segment] = []
        self._right: list[Segment] = []
        self._left_width = 0
        self._right_width = 0

    @property
    def room(self) -> int:
        """The cells that are still free."""
        return max(0, self.width - self._left_width - self._right_width)

    def put(self, text: str, style: Style) -> "Line":
        """Add text after what the left end holds; what does not fit is cut, with an ellipsis."""
        text = drawn(text)
        taken = cell_len(text)
        if taken > self.room:
            text, taken = _cut(text, self.room), self.room
        if taken:
            self._left.append(Segment(text, style))
            self._left_width += taken
        return self

    def right(self, text: str, style: Style) -> "Line":
        """Add text before what the right end holds, if all of it fits."""
        text = drawn(text)
        taken = cell_len(text)
        if 0 < taken <= self.room:
            self._right.insert(0, Segment(text, style))
            self._right_width += taken
        return self

    def extend(self, segments: Iterable[Segment]) -> "Line":
        """Add styled segments to the left end."""
        for text, style, _ in segments:
            self.put(text, style or self._ground)
        return self

    def to(self, column: int) -> "Line":
        """Leave the line empty up to this column."""
        return self.put(" " * max(0, column - self._left_width), self._ground)

    def strip(self) -> Strip:
        """The line as Textual draws it."""
        gap = [Segment(" " * self.room, self._ground)] if self.room else []
        return Strip([*self._left, *gap, *self._right], self.width)


def _cut(text: str, width: int) -> str:
    """What fits into so many cells, with an ellipsis where words are lost."""
    fitting = set_cell_size(text, width)
    lost = text[len(fitting.rstrip()) :].strip()
    return set_cell_size(text, width - 1) + "…" if width > 1 and lost else fitting
