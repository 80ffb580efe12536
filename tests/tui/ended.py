"""Runs that have ended, for tests of what the screen shows then."""

from happenings import ABOUT, small_run

from stress.events import PhaseName
from stress.fold.fold import Fold
from stress.fold.snapshot import About, Snapshot
from stress.fold.summary import Summary, summarise
from stress.fold.whole import picture
from stress.runs.directory import RunState
from stress.runs.handle import Ending


def fold_of(about: About = ABOUT, until: PhaseName = "done") -> Fold:
    """A small run, to its end or to another phase."""
    fold = Fold(about)
    for event in small_run():
        fold.apply(event)
        if fold.phase == until:
            break
    return fold


def ended(about: About = ABOUT) -> Snapshot:
    """Its last picture."""
    return picture(fold_of(about))


def ending(state: RunState = "done", cause: str | None = None, about: About = ABOUT, **changes) -> Ending:
    """How it has ended."""
    return Ending(state=state, cause=cause, place="/home/ada/runs/tavern", summary=summary(about), **changes)


def summary(about: About = ABOUT) -> Summary:
    """What it came to."""
    return summarise(fold_of(about))
