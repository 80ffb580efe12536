"""Plays a recorded run: the same events through the same fold, up to any moment of it. It knows no clock."""

import contextlib
import copy
import math
from collections.abc import Callable

from stress.fold.fold import Fold
from stress.fold.ghost import Ghost
from stress.fold.snapshot import Snapshot
from stress.fold.whole import picture
from stress.runs.recording import Recording

KEEP_EVERY_S = 30.0
MOST_KEPT = 32
"""Folds kept for going back: more seldom the longer the run is."""
MOST_POINTS = 600
"""Of a ghost."""


class Playback:
    """A position in a recording, and the run as it stood there.

    Its times are seconds since `start`, a moment of the run: its own start, or that of its ramp where others are played
    in step with it.
    """

    def __init__(self, recording: Recording, start: float = 0.0) -> None:
        self.recording = recording
        self.length = recording.length - start
        """The time of the last event."""
        self.marks = [(t - start, label) for t, label in recording.marks]
        self.fold = Fold(recording.about)
        self._start = start
        self.position = -start
        self._place = 0
        """Where the next event's line begins."""
        self._kept: list[tuple[float, int, Fold]] = []
        self._every = KEEP_EVERY_S
        self._snapshot: Snapshot | None = None
        if start:
            self.go_to(0.0)

    @property
    def snapshot(self) -> Snapshot:
        """The run at this position; the same object while nothing has happened."""
        if self._snapshot is None:
            self._snapshot = picture(self.fold)
        return self._snapshot

    def go_to(self, t: float, may_go_on: Callable[[], bool] = lambda: True) -> None:
        """Play on, or back, to this moment of the run.

        Args:
            t: beyond the run's ends is at its ends.
            may_go_on: asked now and then on the way; where it says no, the position stays behind, for another call.
        """
        t = min(max(-self._start, t), self.length)
        if t < self.position:
            self._go_back(t)
        # Put together again, the length may be a hair less than it was.
        until = self.recording.length if t == self.length else self._start + t
        with contextlib.closing(self.recording.events(self._place)) as events:
            for count, (place, event) in enumerate(events, 1):
                if event.t > until:
                    break
                self.fold.apply(event)
                self._place, self._snapshot = place, None
                self._keep(event.t)
                if count % 64 == 0 and not may_go_on():
                    self.position = max(self.position, min(t, event.t - self._start))
                    return
        self.position = t

    def watch(self, agent: str | None) -> None:
        """Have this agent in snapshots from now on; None: none."""
        self.fold.watch(agent)
        self._snapshot = None

    def _keep(self, t: float) -> None:
        if t < (self._kept[-1][0] if self._kept else 0.0) + self._every:
            return
        self._kept.append((t, self._place, copy.deepcopy(self.fold)))
        if len(self._kept) > MOST_KEPT:
            del self._kept[::2]
            self._every *= 2

    def _go_back(self, t: float) -> None:
        """To the newest fold from before that moment, else to the start."""
        before = [kept for kept in self._kept if kept[0] - self._start <= t]
        at, self._place, fold = before[-1] if before else (0.0, 0, Fold(self.recording.about))
        self.position = at - self._start
        watched, self.fold = self.fold.watched, copy.deepcopy(fold)
        self.watch(watched)


def ghost_of(recording: Recording) -> Ghost:
    """What a live run is shown beside: the recorded run's throughput over its ramp's whole seconds."""
    playback = Playback(recording)
    playback.go_to(playback.length)
    fold = playback.fold
    began = fold.ramp_started or 0.0
    seconds = list(fold.ramp_seconds())
    step = max(1, -(-len(seconds) // MOST_POINTS))
    parts = (seconds[place : place + step] for place in range(0, len(seconds), step))
    points = tuple(
        (
            part[0] + len(part) / 2 - began,
            math.fsum(fold.per_second[second][1] for second in part) / len(part),
            fold.per_second[part[-1]][0],
        )
        for part in parts
    )
    label = recording.record.label if recording.record else None
    return Ghost(label=label or recording.about.name, points=points, peak_tok_s=fold.peak_tok_s)
