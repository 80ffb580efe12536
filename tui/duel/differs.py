"""What differs between the two sides, printed beside the result."""

from rich.cells import cell_len
from textual.strip import Strip

from stress.duel.differences import Difference, shown, unfair
from stress.duel.snapshot import DuelSnapshot
from stress.view.duel_words import names_of
from tui import numbers
from tui.draw.line import Line
from tui.duel.side import side_colour
from tui.panels.panel import Panel
from tui.plain_text import shortened

_GAP = "   "
_NAME, _LEAST = 20, 6


class Differs(Panel[DuelSnapshot]):
    """What a person would call a difference, as much of it as fits; or, with the screen to itself, every setting."""

    full = False
    """It has the screen to itself."""

    def draw(self, picture: DuelSnapshot, width: int, height: int) -> list[Strip]:
        found = picture.differences
        names = names_of(picture)
        title = self.title_line(width, "DIFFERS", f"{names.left} : {names.right}")
        if work := unfair(found):
            words = f"unfair: not the same {', '.join(difference.name for difference in work)}"
            title.right(f" {shortened(words, title.room - 2)} ", self.bar_ink(self.theme.bad, bold=True))
        if not found:
            nothing = "nothing" if picture.verdict is not None else "shown once both have run"
            return [title.strip(), self.line(width).put(nothing, self.muted).strip()]
        if self.full:
            return [title.strip(), *self._table(picture, width, height - 1)]
        # What the two are called has been said.
        told = [one for one in shown(found) if (one.left, one.right) != (names.left, names.right)]
        lines, count = self._flow(told, width, height - 1)
        if count < len(found):
            title.right(f" f: all {len(found)} ", self.bar_ink(self.theme.muted))
        return [title.strip(), *lines]

    def _flow(self, found: list[Difference], width: int, height: int) -> tuple[list[Strip], int]:
        """As many as fit, whole, one after the other; and how many those are."""
        lines: list[Line] = [self.line(width)]
        count = 0
        for difference in found:
            name, values = f"{difference.name} ", f"{_value(difference.left)} : {_value(difference.right)}"
            wide = cell_len(name + values + _GAP)
            if lines[-1].room < wide and lines[-1].room < width - 1:
                if len(lines) == height:
                    break
                lines.append(self.line(width))
            lines[-1].put(name, self.muted)
            lines[-1].put(shortened(values, max(1, lines[-1].room - 1)), self.plain).put(_GAP, self.plain)
            count += 1
        return [line.strip() for line in lines], count

    def _table(self, picture: DuelSnapshot, width: int, height: int) -> list[Strip]:
        """Every difference on a line of its own: its name, and each side's value in the side's colour."""
        found = picture.differences
        names = min(_NAME, max(cell_len(difference.name) for difference in found))
        each = max(_LEAST, (width - names - 6) // 2)
        strips: list[Strip] = []
        for difference in found[:height]:
            line = self.line(width).put(shortened(difference.name, names), self.muted).to(names + 3)
            line.put(shortened(_value(difference.left), each), self.ink(side_colour(self.theme, "left")))
            line.to(names + 5 + each).put(
                shortened(_value(difference.right), min(each, line.room)), self.ink(side_colour(self.theme, "right"))
            )
            strips.append(line.strip())
        if len(found) > height and strips:
            more = self.line(width).put(f"and {len(found) - height + 1} more, in duel.json", self.muted)
            strips[-1] = more.strip()
        return strips


def _value(text: str) -> str:
    """A dash where one side has no such setting."""
    return "–" if text == numbers.NOT_KNOWN else text
