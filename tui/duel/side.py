"""One side of a duel: who it is, why it is as fast as it is, and its pace in large digits."""

from textual.strip import Strip

from stress.duel.lead import SideName
from stress.duel.snapshot import DuelSnapshot, SideView
from stress.fold.snapshot import Snapshot
from stress.view.duel_words import names_of
from tui import numbers
from tui.draw.digits import steady_number
from tui.draw.line import Line
from tui.duel import words
from tui.panels.curve import Inks
from tui.panels.panel import Panel
from tui.plain_text import shortened
from tui.theme import Theme

_UNIT = "  tok/s"
_CAPTIONS = 24
"""Cells that captions beside the digits need."""


def view_of(picture: DuelSnapshot, side: SideName) -> SideView:
    """Left's or right's."""
    return picture.left if side == "left" else picture.right


def side_colour(theme: Theme, side: SideName) -> str:
    """The colour that stands for this side, everywhere on the screen."""
    return theme.tokens if side == "left" else theme.agents


def side_inks(theme: Theme, side: SideName) -> Inks:
    """The colours of a side's curve."""
    body = theme.tokens_area if side == "left" else theme.agents_area
    return Inks(side_colour(theme, side), body, theme.strong)


class SideTitle(Panel[DuelSnapshot]):
    """Whose half of the screen it is; and why it is as fast as it is, or what it does when it does not run."""

    def __init__(self, name: str, side: SideName) -> None:
        super().__init__(name)
        self._side = side

    def draw(self, picture: DuelSnapshot, width: int, height: int) -> list[Strip]:
        theme, view = self.theme, view_of(picture, self._side)
        short = names_of(picture).of(self._side)
        line = self.bar_line(width)
        if badges := ["• ghost"] * (view.note == "ghost") + ["done"] * view.over:
            line.right(f" {', '.join(badges)} ", self.bar_ink(theme.strong, bold=True))
        line.put(f" {shortened(short, line.room - 2)} ", self.badge(side_colour(theme, self._side)))
        line.put(" ", self.bar_ink(theme.text))
        line.put(words.rest_of_name(view.name, short, line.room - 1), self.bar_ink(theme.strong, bold=True))
        if view.snapshot is None:
            forms, style = words.shorter_notes(view.note), self.ink(theme.warn)
        else:
            forms, style = words.why(view.snapshot), self.ink(theme.strong, bold=True)
        return [line.strip(), self.line(width).put(words.fitting(forms, width - 2), style).strip()]


class SidePace(Panel[DuelSnapshot]):
    """Output tokens a second in large digits, with what one agent sees of it beside them or below."""

    def __init__(self, name: str, side: SideName) -> None:
        super().__init__(name)
        self._side = side

    def draw(self, picture: DuelSnapshot, width: int, height: int) -> list[Strip]:
        view = view_of(picture, self._side)
        if view.snapshot is None:
            return [self.line(width).strip()] * height
        rate, head, captions = self._captions(view.snapshot)
        count = numbers.count(rate)
        beside = steady_number(count, width - 1 - _CAPTIONS, height)
        below = steady_number(count, width - len(_UNIT) - 1, height - 1)
        fits = beside[0] + len(beside[1][0]) + _CAPTIONS <= width
        if fits and not len(beside[1]) < len(below[1]) < height:
            lines = self._digits(*beside, width)
            self._beside(lines, head, captions)
        else:
            lines = self._digits(*below, width)
            lines[-1].put(_UNIT, self.ink(self.theme.text, bold=True))
            lines += self._below(captions, width, height - len(lines))
        return [line.strip() for line in lines]

    def _digits(self, before: int, rows: list[str], width: int) -> list[Line]:
        style = self.ink(side_colour(self.theme, self._side))
        return [self.line(width).to(1 + before).put(row, style) for row in rows]

    def _beside(self, lines: list[Line], head: str, captions: list[str]) -> None:
        """Put the captions beside the digits, the last of them at their foot."""
        first = max(0, len(lines) - len(captions) - 1)
        lines[first].put("   ", self.plain).put(head, self.ink(self.theme.text, bold=True))
        for line, text in zip(lines[first + 1 :], captions, strict=False):
            line.put("   ", self.plain).put(shortened(text, line.room - 1), self.plain)

    def _below(self, captions: list[str], width: int, height: int) -> list[Line]:
        """The captions below the digits, each in a line of its own where there are enough."""
        forms: list[tuple[str, ...]] = [(text,) for text in captions]
        if height < len(captions):
            told = ", ".join(captions)
            forms = [(told, told.replace(" after", ""), *captions)]
        return [self.line(width).put(words.fitting(one, width - 2), self.plain) for one in forms[:height]]

    def _captions(self, snapshot: Snapshot) -> tuple[float, str, list[str]]:
        """The rate to show in large, what it is, and the run in words."""
        if (whole := snapshot.whole) is not None:
            return snapshot.sample.tok_s, "tok/s, whole run", [words.totals(snapshot, whole)]
        return snapshot.sample.tok_s, "tok/s now", [text for text in words.one_reply(snapshot) if text]
