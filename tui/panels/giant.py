"""The stage's numbers: tok/s and agents in digits as large as fit, to be read from across a room."""

from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from tui import numbers
from tui.draw.digits import Face, best_face, big_number
from tui.panels.panel import Panel

_GAP = 4
"""Cells between both numbers, at least."""


class Giant(Panel[Snapshot]):
    """Output tokens a second at the left, the agents at the right, each above its unit."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        sample, rows = snapshot.sample, height - 1
        # Room for every digit that the run has needed so far or is planned to need: the numbers do not jump about.
        tokens = _room_for(max(snapshot.peak_tok_s, sample.tok_s))
        agents = _room_for(max([1, sample.agents, *(number for _, number in snapshot.about.plan.points)]))
        few = best_face(agents, (width - 2) * 3 // 10, max(3, rows * 3 // 5))
        many = best_face(tokens, width - 2 - _GAP - few.span(agents), rows)
        left = self._number(numbers.count(sample.tok_s), tokens, many, rows)
        right = self._number(numbers.count(sample.agents), agents, few, rows)
        lines = []
        for token_row, agent_row in zip(left, right, strict=True):
            line = self.line(width).right(f"{agent_row} ", self.ink(self.theme.agents))
            lines.append(line.put(token_row, self.ink(self.theme.tokens)).strip())
        window = f", {numbers.window(sample)}"
        units = self.line(width).right("agents ", self.ink(self.theme.agents, bold=True))
        units.put("output tok/s", self.ink(self.theme.tokens, bold=True)).put(window, self.muted)
        return [*lines, units.strip()]

    @staticmethod
    def _number(text: str, shape: str, face: Face, rows: int) -> list[str]:
        """As many lines as there are rows, the digits at their foot and at the right of the room for `shape`."""
        width = face.span(shape)
        digits = [f"{line:>{width}}" for line in big_number(text, face)]
        return [" " * width] * (rows - len(digits)) + digits


def _room_for(value: float) -> str:
    """The widest number of as many digits: `9,999` for 1,234."""
    return "".join("9" if char.isdecimal() else char for char in numbers.count(value))
