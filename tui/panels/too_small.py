"""What a screen says that is too small for the panels."""

from textual.strip import Strip

from tui.layouts import LEAST
from tui.panels.panel import Panel
from tui.plain_text import wrapped


class TooSmall(Panel[object]):
    """The screen's size, the size that is needed, and what to do about it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.shown = ()  # it says the same of every run

    def draw(self, shown: object, width: int, height: int) -> list[Strip]:
        size, least = (f"{across}×{down}" for across, down in ((width, height), LEAST))
        text = f"This screen is {size}; stress needs {least}. Make the window larger or the font smaller."
        room = max(2, width - 2)
        return [self.line(width).put(part, self.strong).strip() for part in wrapped(text, room, room, height)]
