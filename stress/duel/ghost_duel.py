"""A live run beside its ghost, seen as a duel: left the recorded run, in step with the one that goes on, right."""

from stress.duel.differences import Difference, differences
from stress.duel.lead import lead
from stress.duel.replay import AlignedPlayback
from stress.duel.snapshot import DuelSnapshot, SideView
from stress.runs.directory import read_record
from stress.runs.handle import RunHandle
from stress.runs.recording import Recording


class GhostDuel:
    """Makes the pictures; the live run itself is what is steered."""

    def __init__(self, run: RunHandle, ghost: Recording) -> None:
        self._run = run
        self._lane = AlignedPlayback(ghost)
        self._ghost = ghost
        self._differences: tuple[Difference, ...] | None = None

    def picture(self) -> DuelSnapshot:
        """Both at this moment of the live run's ramp."""
        live = self._run.snapshot()
        ghost = self._lane.go_to(live.ramp_elapsed)
        return DuelSnapshot(
            left=SideView(words=self._ghost.about.target, snapshot=ghost, note="ghost"),
            right=SideView(words=live.about.target, snapshot=live),
            live="right",
            round=1,
            rounds=1,
            lead=lead(ghost, live),
            differences=self._found(),
        )

    def _found(self) -> tuple[Difference, ...]:
        """What differs, from both records; the live run's is there since its start."""
        if self._differences is None:
            ours = read_record(self._run.pictures.parent)
            theirs = self._ghost.record
            self._differences = () if ours is None or theirs is None else differences(theirs, ours)
        return self._differences
