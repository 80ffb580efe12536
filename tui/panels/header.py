"""The top of the screen: what is under test, stated plainly, and where the run is."""

from typing import Any

from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from stress.units import format_duration
from tui.draw.line import Line
from tui.panels.panel import Panel
from tui.plain_text import shortened

ANNOUNCED_S = 4.0
"""How long a milestone is announced."""


def top_line(panel: Panel[Any], width: int, name: str, clock: float, phase: tuple[str, str], note: str = "") -> Line:
    """The screen's first line: at the left the program's name; at the right what the run does, since when, and `SAFE`.

    Args:
        panel: whose line it is.
        width: the line's width in cells.
        name: the program's.
        clock: seconds.
        phase: in one word, and its colour.
        note: left of the phase.
    """
    theme, line = panel.theme, panel.bar_line(width)
    line.right(f" {format_duration(clock):>7} ", panel.bar_ink(theme.strong, bold=True))
    line.right(f" {phase[0]:^7} ", panel.badge(phase[1]))
    line.right(note, panel.bar_ink(theme.strong))
    if panel.safe:
        line.right(" SAFE ", panel.badge(theme.tokens))
    return line.put(f" {name} ", panel.badge(theme.tokens)).put(" ", panel.bar_ink(theme.text))


class Header(Panel[Snapshot]):
    """Two lines: the target, the model and the scenario, with phase and time; then the notices."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        theme, about = self.theme, snapshot.about
        line = top_line(self, width, "STRESS", snapshot.sample.t, self._phase(snapshot))
        for text, style in (
            (about.target, self.bar_ink(theme.strong, bold=True)),
            (about.model, self.bar_ink(theme.text)),
            (about.scenario, self.bar_ink(theme.muted)),
        ):
            line.put(f"{shortened(text, line.room - 2)}  ", style)
        return [line.strip(), self._notices(snapshot, width).strip()]

    def _phase(self, snapshot: Snapshot) -> tuple[str, str]:
        """The phase in one word, and its colour."""
        phase = snapshot.sample.phase
        if snapshot.held and phase in ("ramp", "hold"):
            return "HELD", self.theme.warn
        if snapshot.progress is not None and phase == "hold":
            return "BURST", self.theme.tokens
        colours = {"ramp": self.theme.agents, "hold": self.theme.tokens, "drain": self.theme.warn}
        return phase.upper(), colours.get(phase, self.theme.muted)

    def _notices(self, snapshot: Snapshot, width: int) -> Line:
        """The newest milestones for a few seconds, else what has to be known."""
        notices = snapshot.about.notices
        line = self.line(width)
        news = [milestone for milestone in snapshot.milestones if milestone.t >= snapshot.sample.t - ANNOUNCED_S]
        if news:
            return line.put(f" ★ {' · '.join(one.text for one in news[-3:])} ", self.badge(self.theme.tokens))
        if not notices:
            return line.put(shortened(snapshot.about.command, line.room), self.muted)
        more = f" (+{len(notices) - 1} more)" if len(notices) > 1 else ""
        warn = self.ink(self.theme.warn)
        line.right(more, warn).put("! ", self.ink(self.theme.warn, bold=True))
        return line.put(shortened(notices[0], line.room), warn)
