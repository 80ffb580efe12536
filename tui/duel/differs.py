"""What differs between the two sides, printed beside the result."""

from rich.cells import cell_len
from textual.strip import Strip

from stress.duel.differences import unfair
from stress.duel.snapshot import DuelSnapshot
from tui.draw.line import Line
from tui.panels.panel import Panel
from tui.plain_text import shortened

_GAP = "   "


class Differs(Panel[DuelSnapshot]):
    """Each setting by name, left's and right's; as many as fit, and how many more there are."""

    def draw(self, picture: DuelSnapshot, width: int, height: int) -> list[Strip]:
        found = picture.differences
        note = "left : right"
        if work := unfair(found):
            note = f"left : right — the work itself too: {', '.join(difference.name for difference in work)}"
        title = self.title_line(width, "DIFFERS", note)
        if not found:
            nothing = "nothing" if picture.verdict is not None else "told once both have run"
            return [title.strip(), self.line(width).put(nothing, self.muted).strip()]
        lines: list[Line] = [self.line(width)]
        shown = 0
        for difference in found:
            name = f"{difference.name} "
            values = f"{difference.left} : {difference.right}"
            text = name + values
            if lines[-1].room < cell_len(text) + len(_GAP) and lines[-1].room < width - 1:
                if len(lines) == height - 1:
                    break
                lines.append(self.line(width))
            lines[-1].put(name, self.muted)
            lines[-1].put(shortened(values, max(1, lines[-1].room - 1)), self.plain).put(_GAP, self.plain)
            shown += 1
        if shown < len(found):
            title.right(f" and {len(found) - shown} more, in duel.json ", self.bar_ink(self.theme.muted))
        return [title.strip(), *(line.strip() for line in lines)]
