"""A recorded duel: two runs played in step, each from the moment its ramp began."""

import time
from functools import cached_property
from pathlib import Path

from stress.duel.differences import differences
from stress.duel.lead import lead
from stress.duel.measure import measure
from stress.duel.snapshot import DuelSnapshot, SideView
from stress.duel.verdict import DuelVerdict, judge
from stress.runs.handle import Ending
from stress.runs.naming import TargetName, told_apart
from stress.runs.playback import Playback
from stress.runs.recording import Recording
from stress.runs.replay import Clock, Replay


class DuelReplay(Replay):
    """A `DuelHandle`: both runs in step, and at the end the verdict."""

    def __init__(
        self,
        left: Recording,
        right: Recording,
        *,
        words: tuple[str | None, str | None] = (None, None),
        names: tuple[TargetName, TargetName] | None = None,
        verdict: DuelVerdict | None = None,
        place: Path | None = None,
        speed: float = 1.0,
        clock: Clock = time,
        skip: bool = True,
    ) -> None:
        """Play both.

        Args:
            left: a run.
            right: the run beside it.
            words: each side's target as it was written; None: as its run has it.
            names: what viewers call the two; None: what their runs are called, told apart.
            verdict: on all rounds of the duel that they are from; None: they are from none.
            place: that duel's directory.
            speed: seconds of the runs in one of the clock's.
            clock: as for `Replay`.
            skip: as for `Replay`.
        """
        playbacks = (Playback(run, run.ramp_started) for run in (left, right))
        super().__init__(*playbacks, speed=speed, clock=clock, skip=skip)
        self.words = words[0] or left.about.target, words[1] or right.about.target
        self.names = names or told_apart(left.name, right.name)
        self.verdict = verdict or judge([(measure(left), measure(right))])
        """On both whole runs, or on all rounds of the duel that they are from."""
        self.differences = differences(left.record, right.record)
        self.place = " and ".join(str(run.path) for run in (left, right)) if place is None else str(place)
        """Where the records are."""

    def _whose(self, place: int, what: str) -> str:
        return f"{what} ({self.names[place].short})"

    @cached_property
    def _how_it_ended(self) -> Ending:
        """As the run that failed, if one did."""
        records = [playback.recording.record for playback in self.playbacks]
        failed = next((record for record in records if record is None or record.state != "done"), records[0])
        return Ending(
            state=failed.state if failed else "running",
            cause=failed.cause if failed else None,
            place=self.place,
        )

    def picture(self) -> DuelSnapshot:
        self.play()
        left, right = (
            SideView(words=words, name=name.full, short=name.short, snapshot=playback.snapshot)
            for words, name, playback in zip(self.words, self.names, self.playbacks, strict=True)
        )
        return DuelSnapshot(
            left=left,
            right=right,
            live="left" if self.playbacks[0].length == self.length else "right",
            lead=lead(left.snapshot, right.snapshot),
            differences=self.differences,
            verdict=self.verdict if self._target >= self.length else None,
        )
