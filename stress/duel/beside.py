"""A live run beside its ghost, seen as a duel: left the recorded run, in step with the one that goes on, right."""

from pathlib import Path

from stress.duel.differences import Difference, differences
from stress.duel.picture import Picture, SideView
from stress.duel.playing import Lane
from stress.duel.standing import standing
from stress.runs.directory import read_record
from stress.runs.recording import Recording
from stress.snapshot import Snapshot
from stress.view.viewer import RunHandle


class Beside:
    """A `DuelHandle`; what steers goes to the live run."""

    def __init__(self, run: RunHandle, ghost: Recording) -> None:
        self._run = run
        self._lane = Lane(ghost)
        self._ghost = ghost
        self._differences: tuple[Difference, ...] | None = None

    def picture(self) -> Picture:
        """See DuelHandle."""
        live = self._run.snapshot()
        ghost = self._lane.go_to(live.ramp_elapsed)
        return Picture(
            left=SideView(words=self._ghost.about.target, snapshot=ghost, note="ghost"),
            right=SideView(words=live.about.target, snapshot=live),
            live="right",
            round=1,
            rounds=1,
            standing=standing(ghost, live),
            differences=self._found(),
        )

    def _found(self) -> tuple[Difference, ...]:
        """What differs, from both records; the live run's is there since its start."""
        if self._differences is None:
            ours = read_record(self._run.pictures.parent)
            theirs = self._ghost.record
            self._differences = () if ours is None or theirs is None else differences(theirs, ours)
        return self._differences

    def snapshot(self) -> Snapshot:
        """The live run."""
        return self._run.snapshot()

    @property
    def finished(self) -> bool:
        """See RunHandle."""
        return self._run.finished

    @property
    def pictures(self) -> Path:
        """See RunHandle."""
        return self._run.pictures

    def wait(self, seconds: float | None) -> bool:
        """See RunHandle."""
        return self._run.wait(seconds)

    def hold(self, on: bool) -> None:
        """See RunHandle."""
        self._run.hold(on)

    def nudge(self, agents: int) -> None:
        """See RunHandle."""
        self._run.nudge(agents)

    def next_stage(self) -> None:
        """See RunHandle."""
        self._run.next_stage()

    def watch(self, agent: str | None) -> None:
        """See RunHandle."""
        self._run.watch(agent)

    def mark(self, label: str = "") -> None:
        """See RunHandle."""
        self._run.mark(label)

    def viewed(self, name: str) -> None:
        """See RunHandle."""
        self._run.viewed(name)

    def drain(self) -> None:
        """See RunHandle."""
        self._run.drain()

    def stop(self) -> None:
        """See RunHandle."""
        self._run.stop()
