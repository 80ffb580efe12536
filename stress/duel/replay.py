"""A recorded duel: two runs played in step, each from the moment its ramp began."""

import time
from dataclasses import dataclass

from stress.duel.differences import differences
from stress.duel.lead import lead
from stress.duel.measure import measure
from stress.duel.snapshot import DuelSnapshot, SideView
from stress.duel.verdict import DuelVerdict, judge
from stress.runs.playback import Playback
from stress.runs.recording import Recording
from stress.runs.replay import Clock, Replay


@dataclass(frozen=True)
class Side:
    """One of the two."""

    recording: Recording
    words: str | None = None
    """As the duel has it; None: as the run has it."""

    @property
    def shown(self) -> str:
        """What it is called."""
        return self.words or self.recording.about.target


@dataclass(frozen=True)
class RecordedDuel:
    """What is played."""

    left: Side
    right: Side
    verdict: DuelVerdict | None = None
    """On all rounds of the duel that they are from; null: they are from none."""


class DuelReplay(Replay):
    """A `DuelHandle`: both runs in step, and at the end the verdict."""

    def __init__(self, duel: RecordedDuel, speed: float = 1.0, clock: Clock = time) -> None:
        """`speed`: seconds of the runs in one of the clock's."""
        self._sides = duel.left, duel.right
        ours, theirs = (side.recording for side in self._sides)
        super().__init__(*(Playback(run, run.ramp_started) for run in (ours, theirs)), speed=speed, clock=clock)
        self.verdict = duel.verdict or judge([(measure(ours), measure(theirs))])
        """On both whole runs, or on all rounds of the duel that they are from."""
        self._differences = differences(ours.record, theirs.record)

    def picture(self) -> DuelSnapshot:
        self.play()
        left, right = (
            SideView(words=side.shown, snapshot=playback.snapshot)
            for side, playback in zip(self._sides, self._playbacks, strict=True)
        )
        return DuelSnapshot(
            left=left,
            right=right,
            live="left" if self._playbacks[0].length == self.length else "right",
            round=1,
            rounds=1,
            lead=lead(left.snapshot, right.snapshot),
            differences=self._differences,
            verdict=self.verdict if self._target >= self.length else None,
        )
