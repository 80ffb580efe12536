"""What every viewer of a duel shows, live or recorded."""

from typing import Protocol

import msgspec

from stress.duel.differences import Difference
from stress.duel.standing import SideName, Standing
from stress.duel.verdict import DuelVerdict
from stress.snapshot import Snapshot


class SideView(msgspec.Struct, frozen=True, kw_only=True):
    """One side at this moment."""

    words: str
    """Its target."""
    snapshot: Snapshot | None = None
    """Its run, or its ghost in step with the other's; null: it has not begun."""
    note: str = ""
    """What it does in place of running, or beside it: `starting: loading weights`, `ghost`."""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A duel at one moment."""

    left: SideView
    right: SideView
    live: SideName
    """The side whose run the ramp's clock is that of."""
    round: int
    rounds: int
    standing: Standing
    differences: tuple[Difference, ...] = ()
    verdict: DuelVerdict | None = None
    """On the rounds that are over; null before the first."""

    @property
    def running(self) -> Snapshot | None:
        """The run whose phase and time are the duel's."""
        return (self.left if self.live == "left" else self.right).snapshot


class DuelHandle(Protocol):
    """A duel as its viewer sees it. Its methods may be called from any thread and return at once, but `wait`."""

    def picture(self) -> Picture:
        """The duel now."""
        ...

    def snapshot(self) -> Snapshot:
        """The run whose phase and time are the duel's, or the one that is nearest to it."""
        ...

    @property
    def finished(self) -> bool:
        """It has ended and everything is saved; of a recorded one: its viewer has left."""
        ...

    def wait(self, seconds: float | None) -> bool:
        """Wait until it is finished, or for so long."""
        ...

    def hold(self, on: bool) -> None:
        """Stop the ramp's clock, or let it go on."""
        ...

    def nudge(self, agents: int) -> None:
        """Refused: both sides get the same agents."""
        ...

    def mark(self, label: str = "") -> None:
        """Put a mark into the record of what runs."""
        ...

    def drain(self) -> None:
        """End the duel: replies in flight may finish for a few seconds."""
        ...

    def stop(self) -> None:
        """End it at once."""
        ...
