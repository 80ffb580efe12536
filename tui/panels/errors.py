"""Failed requests by name."""

from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from tui import numbers
from tui.draw.line import Line
from tui.panels.panel import Panel
from tui.plain_text import shortened


class Errors(Panel[Snapshot]):
    """How many requests failed and as what; below that troubles and the newest failures, in their words.

    With a single line, only the counts and the newest trouble's name.
    """

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        if height == 1:
            line = self.line(width).put("ERRORS ", self.muted)
            for trouble in snapshot.troubles[-1:]:
                line.put(f"! {trouble.whose}: {trouble.name}  ", self.ink(self.theme.bad, bold=True))
            return [self._counts(snapshot, line)]
        total = sum(snapshot.sample.errors.values())
        title = self.title_line(width, "ERRORS", "failed requests since the start")
        title.right(f"{numbers.count(total)} ", self.bar_ink(self.theme.bad if total else self.theme.muted, bold=True))
        strips = [title.strip(), self._counts(snapshot, self.line(width))]
        for trouble in reversed(snapshot.troubles[-(height - 2) :] if height > 2 else ()):
            said = shortened(f"! {trouble.whose}: {trouble.name}: {trouble.detail}", width - 2)
            strips.append(self.line(width).put(said, self.ink(self.theme.bad)).strip())
        room = height - len(strips)
        for failure in reversed(snapshot.failures[-room:] if room > 0 else ()):
            detail = f"{failure.agent}: {failure.error}: {failure.detail or 'no detail'}"
            strips.append(self.line(width).put(shortened(detail, width - 2), self.muted).strip())
        return strips

    def _counts(self, snapshot: Snapshot, line: Line) -> Strip:
        """After what the line holds, each error's name and number, the most frequent first."""
        counts = sorted(snapshot.sample.errors.items(), key=lambda item: (-item[1], item[0]))
        if not counts:
            line.put("none", self.muted)
        for name, number in counts:
            line.put(f"× {name} ", self.ink(self.theme.bad, bold=True))
            line.put(f"{numbers.count(number)}  ", self.strong)
        return line.strip()
