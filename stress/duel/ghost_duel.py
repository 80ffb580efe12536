"""A live run beside its ghost, seen as a duel: the recorded run on the left, in step with the live one on the right."""

from functools import cached_property
from typing import Any

from stress.duel.differences import Difference, differences
from stress.duel.lead import lead
from stress.duel.snapshot import DuelSnapshot, SideView, ramp_clock
from stress.runs.directory import read_record
from stress.runs.handle import RunHandle
from stress.runs.naming import TargetName, name_of, told_apart
from stress.runs.playback import Playback
from stress.runs.recording import Recording


class GhostDuel:
    """A `DuelHandle`: everything but the picture is the live run's own, so it can be steered."""

    def __init__(self, run: RunHandle, ghost: Recording) -> None:
        self._run = run
        self._playback = Playback(ghost, ghost.ramp_started)
        self._ghost = ghost
        self._words = ghost.about.target, run.snapshot().about.target

    def __getattr__(self, name: str) -> Any:
        return getattr(self._run, name)

    def picture(self) -> DuelSnapshot:
        """Both at this moment of the live run's ramp, or as long after it."""
        live = self._run.snapshot()
        self._playback.go_to(ramp_clock(live))
        ghost = self._playback.snapshot
        left, right = self._names
        return DuelSnapshot(
            left=SideView(words=self._words[0], name=left.full, short=left.short, snapshot=ghost, note="ghost"),
            right=SideView(words=self._words[1], name=right.full, short=right.short, snapshot=live),
            live="right",
            lead=lead(ghost, live),
            differences=self._differences,
        )

    @cached_property
    def _names(self) -> tuple[TargetName, TargetName]:
        record, about = read_record(self._run.pictures.parent), self._run.snapshot().about
        live = TargetName(full=about.name, short=about.short_name) if record is None else name_of(record)
        return told_apart(self._ghost.name, live)

    @cached_property
    def _differences(self) -> tuple[Difference, ...]:
        """From both records: the live run's is there since its start."""
        return differences(self._ghost.record, read_record(self._run.pictures.parent))
