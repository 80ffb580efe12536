"""What every viewer of a duel shows, live or recorded."""

from typing import Protocol, runtime_checkable

import msgspec

from stress.duel.differences import Difference
from stress.duel.lead import Lead, SideName
from stress.duel.verdict import DuelVerdict
from stress.fold.snapshot import Snapshot
from stress.runs.handle import RunHandle


class SideView(msgspec.Struct, frozen=True, kw_only=True):
    """One side at this moment."""

    words: str
    """Its target, as it was written: for the record."""
    name: str = ""
    """What viewers call it; no two sides have the same name."""
    short: str = ""
    """The same in one or two words, for tight places."""
    snapshot: Snapshot | None = None
    """Its run, or its ghost in step with the other's; None: it has not begun."""
    note: str = ""
    """What it does in place of running, or beside it: `starting: loading weights`, `ghost`."""

    @property
    def full_name(self) -> str:
        """What viewers call it; the target as written where a record has no name."""
        return self.name or self.words

    @property
    def short_name(self) -> str:
        """The same in one or two words."""
        return self.short or self.full_name

    @property
    def on_screen(self) -> "SideView":
        """As `Snapshot.on_screen`."""
        return self if self.snapshot is None else msgspec.structs.replace(self, snapshot=self.snapshot.on_screen)

    @property
    def over(self) -> bool:
        """Its run has ended."""
        return self.snapshot is not None and self.snapshot.whole is not None


class DuelSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A duel at one moment."""

    left: SideView
    right: SideView
    live: SideName
    """The side whose run sets the clock."""
    round: int = 1
    rounds: int = 1
    lead: Lead
    differences: tuple[Difference, ...] = ()
    verdict: DuelVerdict | None = None
    """On the rounds that are over; None before the first."""

    @property
    def on_screen(self) -> "DuelSnapshot":
        """What a screen draws: of a side whose run is over the whole run."""
        return msgspec.structs.replace(self, left=self.left.on_screen, right=self.right.on_screen)

    @property
    def running(self) -> Snapshot | None:
        """The run whose phase and time are the duel's."""
        return (self.left if self.live == "left" else self.right).snapshot

    @property
    def clock(self) -> float:
        """Seconds that the duel's clock shows: those of the ramp, and after it those since it began."""
        return 0.0 if self.running is None else ramp_clock(self.running)


def ramp_clock(run: Snapshot) -> float:
    """Seconds on the run's ramp; once it drains, seconds since the ramp began."""
    if run.ramp_started is None or run.sample.phase not in ("drain", "done"):
        return run.ramp_elapsed
    return max(run.ramp_elapsed, run.sample.t - run.ramp_started)


@runtime_checkable
class DuelHandle(RunHandle, Protocol):
    """A duel as its viewer sees it.

    As a run it is the one whose phase and time are the duel's, or that is nearest. It can't be steered, since both
    sides get the same agents.
    """

    def picture(self) -> DuelSnapshot:
        """The duel now."""
