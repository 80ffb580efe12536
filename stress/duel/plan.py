"""What a duel is to do."""

from dataclasses import dataclass
from pathlib import Path

from stress.duel.lead import SideName
from stress.duel.sides import Side
from stress.session.options import DuelOptions


@dataclass(frozen=True, kw_only=True)
class DuelPlan:
    """Both sides, and what is the same for them."""

    left: Side
    right: Side
    options: DuelOptions
    """Of every run; where the load goes is the sides'."""
    rounds: int
    at_once: bool
    out: Path
    """Each run has a directory here."""

    def side(self, name: SideName) -> Side:
        """Left or right."""
        return self.left if name == "left" else self.right
