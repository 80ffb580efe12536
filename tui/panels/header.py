"""The top of the screen: what is under test, where the run is, and its news."""

from collections.abc import Sequence
from typing import Any

from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from stress.units import format_duration
from tui.draw.line import Line
from tui.panels.panel import Panel
from tui.plain_text import shortened, whole_parts

ANNOUNCED_S = 4.0
"""How long a piece of news stays, in seconds of the run."""
NOTICE_S = 6.0
"""How long each notice stays, one after the other from the ramp's start on."""
RANDOM_WEIGHTS = (
    "RANDOM WEIGHTS: the text is gibberish, the speed is real",
    "RANDOM WEIGHTS: gibberish text, real speed",
    "RANDOM WEIGHTS",
)
"""So that gibberish is not taken for a bug; shorter where there is less room."""
_ENOUGH = 12
"""Cells that the start of a text needs to say anything."""


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
    """Two lines: the target's name and the scenario, with phase and time; then news, and what must be known."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        theme, about = self.theme, snapshot.about
        line = top_line(self, width, "STRESS", snapshot.sample.t, self._phase(snapshot))
        named = [about.name] if about.name else [about.target, about.model]
        styles = (self.bar_ink(theme.strong, bold=True), self.bar_ink(theme.text))
        for text, style in (*zip(named, styles, strict=False), (about.scenario, self.bar_ink(theme.muted))):
            if line.room >= min(_ENOUGH, len(text) + 2):
                line.put(f"{whole_parts(text, line.room - 2)}  ", style)
        return [line.strip(), self._news(snapshot, width).strip()]

    def _phase(self, snapshot: Snapshot) -> tuple[str, str]:
        """The phase in one word, and its colour."""
        phase = snapshot.sample.phase
        if snapshot.held and phase in ("ramp", "hold"):
            return "HELD", self.theme.warn
        if snapshot.progress is not None and phase == "hold":
            return "BURST", self.theme.tokens
        colours = {"ramp": self.theme.agents, "hold": self.theme.tokens, "drain": self.theme.warn}
        return phase.upper(), colours.get(phase, self.theme.muted)

    def _news(self, snapshot: Snapshot, width: int) -> Line:
        """News while it is new, else a notice in the ramp's first seconds; at the right, that the text is gibberish."""
        line = self.line(width)
        recent = [milestone.text for milestone in snapshot.milestones if milestone.t >= snapshot.sample.t - ANNOUNCED_S]
        if recent:
            said = whole_parts(" · ".join(_newest(recent)), width - 5)
            line.put(f" ★ {said} ", self.badge(self.theme.tokens))
        elif (notice := _notice(snapshot)) is not None:
            line.put("! ", self.ink(self.theme.warn, bold=True))
            line.put(shortened(notice, line.room), self.ink(self.theme.warn))
        if snapshot.about.random_weights:
            words = next((words for words in RANDOM_WEIGHTS if len(words) + 3 <= line.room), None)
            line.right(f" {words} " if words else "", self.badge(self.theme.muted))
        return line


def _newest(news: Sequence[str]) -> list[str]:
    """All that is new, but of round numbers of the same unit only the last, which is the largest."""
    found: dict[str, str] = {}
    for part in " · ".join(news).split(" · "):
        number, _, unit = part.partition(" ")
        kind = unit if number[:1].isdecimal() else part
        found.pop(kind, None)
        found[kind] = part
    return list(found.values())


def _notice(snapshot: Snapshot) -> str | None:
    """The notice whose turn it is; None: all have had theirs."""
    elapsed = max(0.0, snapshot.sample.t - (snapshot.ramp_started or 0.0))
    turn, notices = int(elapsed // NOTICE_S), snapshot.about.notices
    return notices[turn] if turn < len(notices) else None
