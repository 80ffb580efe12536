"""A sweep that is over, as its viewer sees it."""

from collections.abc import Sequence
from pathlib import Path

from stress.fold.fold import Fold
from stress.fold.snapshot import About, Plan, Snapshot
from stress.runs.directory import PICTURES
from stress.runs.handle import Control, Ending
from stress.sweep.results import PointResult


class EndedSweep:
    """A `RunHandle` of which only the results are left to show."""

    finished = True

    def __init__(self, name: str, work: str, results: Sequence[PointResult], place: Path) -> None:
        """Of a sweep that has come to its end.

        Args:
            name: what viewers call the engine.
            work: what it had to do, in words.
            results: a point each.
            place: the sweep's directory.
        """
        self.results = tuple(results)
        self.ending: Ending | None = Ending(state="done", place=str(place))
        about = About(
            command="sweep",
            target=name,
            model="",
            name=name,
            scenario=work,
            plan=Plan(points=(), duration=0.0, text=""),
        )
        self._nothing = Fold(about).snapshot()
        self._place = place

    def snapshot(self) -> Snapshot:
        """What was tried at what; nothing of it runs."""
        return self._nothing

    @property
    def pictures(self) -> Path:
        return self._place / PICTURES

    def wait(self, _seconds: float | None) -> bool:
        """It is over."""
        return True

    def control(self, _control: Control) -> str | None:
        return "The sweep is over."

    def watch(self, agent: str | None) -> None:
        """There are no agents left."""
