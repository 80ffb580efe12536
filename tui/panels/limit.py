"""One line: what limits the run, with the evidence; what no engine could exceed; what the energy buys."""

from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from stress.readings import BottleneckName, EnergyReading, RooflineReading
from tui import numbers
from tui.draw.line import Line
from tui.panels.panel import Panel
from tui.theme import paint

_NAME = 40
"""Cells that the name of the limit may take."""
_CLIENTS_FAULT: tuple[BottleneckName, ...] = ("client", "network")
"""Limits that are not the engine's or its GPUs': the run measures something else."""


class Limit(Panel):
    """The verdict by name, its figures as far as they fit, and at the right what is told in the same breath."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        sample, bar = snapshot.sample, self.theme.bar
        line = Line(width, paint(self.theme.text, bar))
        verdict = sample.verdict
        # The name and its first figure come before what is told beside them.
        first = len(verdict.title) + len(verdict.evidence[0]) + 5 if verdict and verdict.evidence else 0
        for text in reversed((*_roofline(sample.roofline), *_energy(sample.energy))):
            if line.room > max(_NAME, width // 2, first + len(" LIMIT ")) + len(text):
                line.right(f" {text} ", paint(self.theme.text, bar))
        line.put(" LIMIT ", paint(self.theme.strong, bar, bold=True))
        if verdict is None:
            return [line.put(" not judged yet", paint(self.theme.muted, bar)).strip()]
        colour = self.theme.bad if verdict.name in _CLIENTS_FAULT else self.theme.warn
        line.put(f" {verdict.title}", paint(colour, bar, bold=True))
        for figure in verdict.evidence:
            text = f" · {figure}"
            if line.room <= len(text):
                break
            line.put(text, paint(self.theme.muted, bar))
        return [line.strip()]


def _roofline(roofline: RooflineReading | None) -> tuple[str, ...]:
    if roofline is None or roofline.share is None:
        return ()
    return (f"{numbers.share(roofline.share)} of {numbers.count(roofline.tok_s)} tok/s possible",)


def _energy(energy: EnergyReading) -> tuple[str, ...]:
    parts = []
    if energy.joules is not None:
        parts.append(f"{energy.joules / 1000:,.0f} kJ" if energy.joules >= 10_000 else f"{energy.joules:,.0f} J")
    if energy.tokens_per_joule is not None:
        parts.append(
            f"{energy.tokens_per_joule:.2g} tok/J"
            if energy.tokens_per_joule < 10
            else f"{energy.tokens_per_joule:.0f} tok/J"
        )
    if energy.cost_per_million_tokens is not None:
        parts.append(f"{energy.cost_per_million_tokens:.3g} per M tok")
    return tuple(parts)
