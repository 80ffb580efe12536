"""A panel that draws itself from the whole duel."""

from textual.strip import Strip

from stress.duel.snapshot import DuelSnapshot
from stress.fold.snapshot import Snapshot
from tui.panels.panel import Panel


class DuelPanel(Panel):
    """As `Panel`, from a Picture in place of a Snapshot."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.picture: DuelSnapshot | None = None

    def draw_picture(self, picture: DuelSnapshot, width: int, height: int) -> list[Strip]:
        """The panel's lines at this size."""
        raise NotImplementedError

    def lines(self, width: int, height: int) -> list[Strip] | None:
        return None if self.picture is None else self.draw_picture(self.picture, width, height)

    def show_picture(self, picture: DuelSnapshot) -> None:
        """Draw this picture."""
        self.picture = picture
        self.redraw()

    def show(self, snapshot: Snapshot) -> None:
        """A single run is not what it shows."""
