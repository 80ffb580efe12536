"""A panel that draws itself from the whole duel."""

from textual.strip import Strip

from stress.duel.picture import Picture
from stress.snapshot import Snapshot
from tui.panels.panel import Panel


class DuelPanel(Panel):
    """As `Panel`, from a Picture in place of a Snapshot."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.picture: Picture | None = None

    def draw_picture(self, picture: Picture, width: int, height: int) -> list[Strip]:
        """The panel's lines at this size."""
        raise NotImplementedError

    def lines(self, width: int, height: int) -> list[Strip] | None:
        """See Panel."""
        return None if self.picture is None else self.draw_picture(self.picture, width, height)

    def show_picture(self, picture: Picture) -> None:
        """Draw this picture."""
        self.picture = picture
        self.redraw()

    def show(self, snapshot: Snapshot) -> None:
        """A single run is not what it shows."""
