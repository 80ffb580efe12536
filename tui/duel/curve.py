"""A side's curve: in the side's colours, on the axes of both."""

from stress.duel.lead import SideName
from stress.fold.ghost import Ghost
from stress.fold.snapshot import Snapshot
from tui import numbers
from tui.draw.scale import Axis
from tui.duel.side import side_inks
from tui.panels.curve import Curve, Inks

_FLAT = 0.1
"""Below this share of a linear axis a curve is a flat line."""


class SideCurve(Curve):
    """Both sides of a duel are given the same `Axis`: it remembers, and two that remember would drift apart."""

    least_named = 80

    def __init__(self, name: str, side: SideName, axis: Axis) -> None:
        super().__init__(name, axis)
        self._side = side
        self.beside: Snapshot | None = None
        """The other side, whose curve has the same axes."""

    @property
    def inks(self) -> Inks:
        return side_inks(self.theme, self._side)

    def on_axes(self, snapshot: Snapshot) -> list[Snapshot]:
        return [snapshot] if self.beside is None else [snapshot, self.beside]

    def ghost(self, snapshot: Snapshot) -> Ghost | None:
        """None: what would be the ghost has the other half of the screen."""
        return None

    def notes(self, snapshot: Snapshot) -> list[tuple[str, str]]:
        """The peak; for a flat line what to do about it; and what no engine can exceed, where that is on the axis."""
        found = [(f"▼ peak {numbers.axis(snapshot.peak_tok_s)}", self.theme.muted)]
        highest = max((point.tok_s for point in snapshot.curve), default=0.0)
        if not self.logarithmic and 0 < highest < _FLAT * self._scale.top:
            found.append(("flat? l: log axis  ", self.theme.warn))
        limit = snapshot.sample.roofline
        least = self._scale.bottom if self.logarithmic else _FLAT * self._scale.top
        if limit is not None and least < limit.tok_s <= self._scale.top:
            found.append((f"╌ roofline {numbers.axis(limit.tok_s)} ", self.theme.bad))
        return found
