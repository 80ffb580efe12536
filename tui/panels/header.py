"""The top of the screen: what is under test, stated plainly, and where the run is."""

from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from stress.units import format_duration
from tui.draw.line import Line
from tui.panels.panel import Panel
from tui.plain_text import shortened
from tui.theme import paint

ANNOUNCED_S = 4.0
"""How long a milestone is announced."""


class Header(Panel):
    """Two lines: the target, the model and the scenario, with phase and time; then the notices."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        return [self._what(snapshot, width), self._notices(snapshot, width)]

    def _what(self, snapshot: Snapshot, width: int) -> Strip:
        theme, about = self.theme, snapshot.about
        line = Line(width, paint(theme.text, theme.bar))
        word, colour = self._phase(snapshot)
        clock = f" {format_duration(snapshot.sample.t):>7} "
        line.right(clock, paint(theme.strong, theme.bar, bold=True))
        line.right(f" {word:^7} ", paint(theme.ink, colour, bold=True))
        if self.safe:
            line.right(" SAFE ", paint(theme.ink, theme.tokens, bold=True))
        line.put(" STRESS ", paint(theme.ink, theme.tokens, bold=True))
        line.put(" ", paint(theme.text, theme.bar))
        for text, style in (
            (about.target, paint(theme.strong, theme.bar, bold=True)),
            (about.model, paint(theme.text, theme.bar)),
            (about.scenario, paint(theme.muted, theme.bar)),
        ):
            line.put(f"{shortened(text, line.room - 2)}  ", style)
        return line.strip()

    def _phase(self, snapshot: Snapshot) -> tuple[str, str]:
        """The phase in one word, and its colour."""
        phase = snapshot.sample.phase
        if snapshot.held and phase in ("ramp", "hold"):
            return "HELD", self.theme.warn
        if snapshot.progress is not None and phase == "hold":
            return "BURST", self.theme.tokens
        colours = {"ramp": self.theme.agents, "hold": self.theme.tokens, "drain": self.theme.warn}
        return phase.upper(), colours.get(phase, self.theme.muted)

    def _notices(self, snapshot: Snapshot, width: int) -> Strip:
        """The newest milestone for a few seconds, else what has to be known."""
        notices = snapshot.about.notices
        line = self.line(width)
        news = [milestone for milestone in snapshot.milestones if milestone.t >= snapshot.sample.t - ANNOUNCED_S]
        if news:
            words = " · ".join(milestone.text for milestone in news[-3:])
            return line.put(f" ★ {words} ", paint(self.theme.ink, self.theme.tokens, bold=True)).strip()
        if not notices:
            return line.put(snapshot.about.command, self.muted).strip()
        more = f" (+{len(notices) - 1} more)" if len(notices) > 1 else ""
        line.right(more, self.ink(self.theme.warn))
        line.put("! ", self.ink(self.theme.warn, bold=True))
        return line.put(shortened(notices[0], line.room), self.ink(self.theme.warn)).strip()
