"""The box behind `?`: what every key does, and what every word on the screen means."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from tui.actions import ACTIONS, Action
from tui.panels.glossary import GLOSSARY
from tui.panels.panel import Panel
from tui.plain_text import wrapped
from tui.theme import Theme

_NAMES = 14
"""Cells for keys and words, at the left of what they mean."""
_WHEEL = 3
"""Lines that one click of the mouse wheel moves."""


class Help(Panel[Snapshot]):
    """A box over the show, hidden until asked for. It scrolls; every key that does not scroll it keeps working."""

    DEFAULT_CSS = """
    Help { layer: over; display: none; width: 62%; min-width: 48; max-width: 84; height: 84%; margin-right: 1; }
    Help { border: heavy $theme-muted; }
    Help.-open { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll_pages(-1)", show=False),
        Binding("pagedown", "scroll_pages(1)", show=False),
        Binding("home", "scroll(-10000)", show=False),
        Binding("end", "scroll(10000)", show=False),
    ]

    def __init__(self, name: str, actions: Sequence[Action] = ACTIONS) -> None:
        super().__init__(name)
        self._actions = actions
        self._top = 0
        """The first line that is shown of the text below the title."""
        self._broken: tuple[int, Theme, list[Strip]] | None = None
        """The width and the theme for which the text was broken into lines, and these."""

    @property
    def is_open(self) -> bool:
        """It is shown."""
        return self.has_class("-open")

    def open(self, on: bool) -> None:
        """Show it from its beginning, or hide it."""
        self.set_class(on, "-open")
        self.can_focus = on  # hidden, it must not take the keys that scroll
        self._top = 0
        if on:
            self.focus()
            self.redraw()
        else:
            self.screen.set_focus(None)

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        if self._broken is None or self._broken[:2] != (width, self.theme):
            self._broken = width, self.theme, self._text(width)
        lines = self._broken[2]
        rows = height - 1
        self._top = max(0, min(self._top, len(lines) - rows))
        below = len(lines) - rows - self._top
        title = self.title_line(width, "HELP", "↑ ↓ scroll, ? closes" if len(lines) > rows else "? closes")
        title.right(f"{below} more ▼ " if below > 0 else "", self.bar_ink(self.theme.strong))
        return [title.strip(), *lines[self._top : self._top + rows]]

    def _text(self, width: int) -> list[Strip]:
        """All lines below the title."""
        keys = [(action.caps, action.help) for action in self._actions if action.help]
        lines: list[Strip] = []
        for heading, rows in (("KEYS", keys), *GLOSSARY):
            lines += [self.line(width).strip(), self.line(width).put(heading, self.muted).strip()]
            for name, text in rows:
                lines += self._entry(name, text, width)
        return lines[1:]

    def _entry(self, name: str, text: str, width: int) -> list[Strip]:
        room = max(2, width - _NAMES - 1)
        first, *rest = wrapped(text, room, room, 12)
        head = self.line(width).put(name, self.strong).to(_NAMES).put(first, self.plain)
        return [head.strip(), *(self.line(width).to(_NAMES).put(part, self.plain).strip() for part in rest)]

    # --- scrolling

    def action_scroll(self, lines: int) -> None:
        self._top = max(0, self._top + lines)  # `draw` knows the end
        self.redraw()

    def action_scroll_pages(self, pages: int) -> None:
        self.action_scroll(pages * max(1, self.size.height - 2))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_scroll(_WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_scroll(-_WHEEL)
