"""A recorded duel: two runs played in step, each from the moment its ramp began."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from stress.duel.differences import Difference, differences
from stress.duel.lead import lead
from stress.duel.measure import measure
from stress.duel.snapshot import DuelSnapshot, SideView
from stress.duel.verdict import DuelVerdict, judge
from stress.fold.snapshot import Snapshot
from stress.runs.playback import Playback
from stress.runs.recording import Recording
from stress.runs.replay import FASTEST, FRAME_S, SLOWEST, Recorded


@dataclass(frozen=True)
class Side:
    """One of the two."""

    recording: Recording
    words: str | None = None
    """As the duel has it; null: as the run has it."""

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


class AlignedPlayback:
    """One side's recording at a time of its ramp."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.began = recording.ramp_started
        """Seconds of the run at which its ramp began."""
        self._playback = Playback(recording)
        self._playback.go_to(self.began)

    @property
    def length(self) -> float:
        """Seconds from the ramp's start to the run's last event."""
        return self.recording.length - self.began

    @property
    def elapsed(self) -> float:
        """Where it stands, in seconds of its ramp."""
        return self._playback.position - self.began

    def go_to(self, elapsed: float, may_go_on: Callable[[], bool] = lambda: True) -> Snapshot:
        """The run so long after its ramp began; its end is its end."""
        # Put together again, the length may be a hair less than it was.
        at = self.recording.length if elapsed >= self.length else self.began + elapsed
        self._playback.go_to(at, may_go_on)
        return self._playback.snapshot


class DuelPlayback(Recorded):
    """A `DuelHandle` and `PlaybackHandle`: it goes on by itself, and stays on its last picture until one leaves."""

    def __init__(self, duel: RecordedDuel, speed: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`speed`: seconds of the runs in one of the clock's."""
        left, right = duel.left, duel.right
        self._words = left.shown, right.shown
        self._lanes = AlignedPlayback(left.recording), AlignedPlayback(right.recording)
        self._clock = clock
        self._at = clock()
        self._target = 0.0
        self._verdict = duel.verdict or judge([(measure(left.recording), measure(right.recording))])
        self._differences: tuple[Difference, ...] = ()
        records = left.recording.record, right.recording.record
        if records[0] is not None and records[1] is not None:
            self._differences = differences(records[0], records[1])
        self.speed = speed
        self.paused = False

    @property
    def verdict(self) -> DuelVerdict:
        """On both whole runs, or on all rounds of the duel that they are from."""
        return self._verdict

    @property
    def position(self) -> float:
        """Seconds since both ramps began."""
        return max(0.0, min(self._target, max(lane.elapsed for lane in self._lanes)))

    @property
    def length(self) -> float:
        """Seconds of the longer one."""
        return max(lane.length for lane in self._lanes)

    def picture(self) -> DuelSnapshot:
        """The duel now: both runs as far as they can be played in a frame."""
        now = self._clock()
        elapsed, self._at = now - self._at, now
        if not self.paused and all(self._there(lane) for lane in self._lanes):
            self._target = min(self.length, self._target + elapsed * self.speed)
        snapshots = [
            lane.go_to(self._target, self._until(now + FRAME_S * share))
            for lane, share in zip(self._lanes, (0.5, 1.0), strict=True)
        ]
        left, right = (
            SideView(words=words, snapshot=snapshot) for words, snapshot in zip(self._words, snapshots, strict=True)
        )
        over = self._target >= self.length
        return DuelSnapshot(
            left=left,
            right=right,
            live="left" if self._lanes[0].length >= self._lanes[1].length else "right",
            round=1,
            rounds=1,
            lead=lead(*snapshots),
            differences=self._differences,
            verdict=self._verdict if over else None,
        )

    def _until(self, moment: float) -> Callable[[], bool]:
        return lambda: self._clock() < moment

    def _there(self, lane: AlignedPlayback) -> bool:
        return lane.elapsed >= min(self._target, lane.length) - 1e-9

    def snapshot(self) -> Snapshot:
        """The longer run now."""
        return self.picture().running or self._lanes[0].go_to(self._target)

    def pause(self, on: bool) -> None:
        """Stand still, or go on."""
        self.picture()
        self.paused = on

    def seek(self, seconds: float) -> None:
        """So much on, or back."""
        self._target = min(self.length, max(0.0, self._target + seconds))

    def to_mark(self, direction: int) -> str | None:
        """To the next mark (1) of either run or the one before (-1); gives its label, null if there is none."""
        marks = sorted((t - lane.began, label) for lane in self._lanes for t, label in lane.recording.marks)
        if direction > 0:
            later = [mark for mark in marks if mark[0] > self._target]
            found = later[0] if later else None
        else:
            earlier = [mark for mark in marks if mark[0] < self._target - self.speed]
            found = earlier[-1] if earlier else None
        if found is None:
            return None
        self._target = found[0]
        return found[1] or "mark"

    def faster(self, factor: float) -> None:
        """So many times the speed, within its bounds."""
        self.picture()
        self.speed = min(FASTEST, max(SLOWEST, self.speed * factor))

    def wait(self, seconds: float | None) -> bool:
        """Whether the viewer has left."""
        time.sleep(min(seconds or FRAME_S, FRAME_S))
        return self.finished

    def watch(self, agent: str | None) -> None:
        """A duel has no place to show an agent in."""


class HeadlessDuel(DuelPlayback):
    """A recorded duel whose time is what its viewer waits: every moment is shown, at any speed."""

    def __init__(self, duel: RecordedDuel, speed: float, sleep: Callable[[float], None] = time.sleep) -> None:
        """`speed`: seconds of the runs in one of ours."""
        self._waited = 0.0
        self._sleep = sleep
        super().__init__(duel, speed, lambda: self._waited)

    def wait(self, seconds: float | None) -> bool:
        """Play so much of it, or all that is left."""
        if self.position >= self.length:
            self.finished = True
        if seconds is None or self.finished:
            self.seek(self.length)
            self.finished = True
        else:
            self._sleep(seconds / self.speed)
            self._waited += seconds / self.speed
        self.picture()
        return self.finished
