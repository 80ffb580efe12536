"""A recorded duel: two runs played in step, each from the moment its ramp began."""

import time

from stress.duel.differences import differences
from stress.duel.lead import lead
from stress.duel.measure import measure
from stress.duel.snapshot import DuelSnapshot, SideView
from stress.duel.verdict import DuelVerdict, judge
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
        verdict: DuelVerdict | None = None,
        speed: float = 1.0,
        clock: Clock = time,
        skip: bool = True,
    ) -> None:
        """Play both.

        Args:
            left: a run.
            right: the run beside it.
            words: what each side is called; None: as its run has it.
            verdict: on all rounds of the duel that they are from; None: they are from none.
            speed: seconds of the runs in one of the clock's.
            clock: as for `Replay`.
            skip: as for `Replay`.
        """
        playbacks = (Playback(run, run.ramp_started) for run in (left, right))
        super().__init__(*playbacks, speed=speed, clock=clock, skip=skip)
        self.words = words[0] or left.about.target, words[1] or right.about.target
        self.verdict = verdict or judge([(measure(left), measure(right))])
        """On both whole runs, or on all rounds of the duel that they are from."""
        self.differences = differences(left.record, right.record)

    def _whose(self, place: int, what: str) -> str:
        return f"{what} ({self.words[place]})"

    def picture(self) -> DuelSnapshot:
        self.play()
        left, right = (
            SideView(words=words, snapshot=playback.snapshot)
            for words, playback in zip(self.words, self.playbacks, strict=True)
        )
        return DuelSnapshot(
            left=left,
            right=right,
            live="left" if self.playbacks[0].length == self.length else "right",
            lead=lead(left.snapshot, right.snapshot),
            differences=self.differences,
            verdict=self.verdict if self._target >= self.length else None,
        )
