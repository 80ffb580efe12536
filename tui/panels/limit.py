"""One line: what limits the run, with the evidence; what no engine could exceed; what the energy buys."""

from textual.strip import Strip

from stress.events import Sample
from stress.fold.snapshot import Snapshot
from stress.limits.tracker import SETTLED_S
from stress.readings import BottleneckName
from tui import numbers
from tui.panels.panel import Panel
from tui.plain_text import shortened

_CLIENTS_FAULT: tuple[BottleneckName, ...] = ("client", "network")
"""Limits that are not the engine's or its GPUs': the run measures something else."""


class Limit(Panel[Snapshot]):
    """The verdict as a sentence, its figures as far as they fit, and at the right what belongs beside it."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        theme, verdict = self.theme, snapshot.sample.verdict
        line = self.bar_line(width)
        said = f"Not judged yet: the first verdict needs {SETTLED_S:.0f} s of load."
        if snapshot.sample.phase == "done":
            said = "The run was too short to say."
        if verdict is not None:
            said = verdict.sentence or f"What limits this run: {verdict.title}."
        room = width - len(" LIMIT  ")
        if len(said) > room:
            said = said.partition(":")[0].rstrip(".") + "."
        if len(said) > room and verdict is not None and len(verdict.title) < room:
            said = f"{verdict.title[:1].upper()}{verdict.title[1:]}."
        # The sentence comes before what is said beside it, and that before more figures.
        needed = len(" LIMIT  ") + len(said)
        for text in reversed(_beside(snapshot.sample) if verdict else ()):
            if line.room > needed + len(text) + 2:
                line.right(f" {text} ", self.bar_ink(theme.text))
        line.put(" LIMIT ", self.bar_ink(theme.strong, bold=True))
        if verdict is None:
            return [line.put(f" {said}", self.bar_ink(theme.muted)).strip()]
        colour = theme.bad if verdict.name in _CLIENTS_FAULT else theme.warn
        line.put(f" {shortened(said, line.room - 1)}", self.bar_ink(colour, bold=True))
        for figure in verdict.evidence:
            text = f" · {figure}"
            if line.room <= len(text):
                break
            line.put(text, self.bar_ink(theme.muted))
        return [line.strip()]


def _beside(sample: Sample) -> list[str]:
    """How near it is to what is possible, and what it takes of energy and money."""
    roofline, energy, parts = sample.roofline, sample.energy, []
    if roofline is not None and roofline.share is not None:
        parts.append(f"{numbers.share(roofline.share)} of the {numbers.count(roofline.tok_s)} tok/s roofline")
    if (joules := energy.joules) is not None:
        parts.append(f"{joules / 1000:,.0f} kJ" if joules >= 10_000 else f"{joules:,.0f} J")
    if (tokens := energy.tokens_per_joule) is not None:
        parts.append(f"{tokens:{'.2g' if tokens < 10 else '.0f'}} tok/J")
    if energy.cost_per_million_tokens is not None:
        parts.append(f"{energy.cost_per_million_tokens:.3g} per M tok")
    return parts
