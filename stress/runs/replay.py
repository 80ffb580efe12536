"""A recorded run as viewers see one: by the viewer's own steps without a screen, by a clock on the screen."""

import bisect
import time
from collections.abc import Callable
from pathlib import Path

from stress.fold.snapshot import Snapshot
from stress.runs.directory import PICTURES
from stress.runs.handle import ENDING, Control
from stress.runs.playback import Playback

SLOWEST, FASTEST = 0.25, 100.0
FRAME_S = 0.05
"""The screen waits no longer than this for a picture; where more has to be played, the position stays behind."""


class Recorded:
    """What every recorded run answers alike: it cannot be steered, its record stays as it is, and one may leave."""

    finished = False

    def control(self, control: Control) -> str | None:
        if control.name not in ENDING:
            return "This run is recorded: it can't be steered."
        self.finished = True  # its viewer leaves
        return None

    @property
    def pictures(self) -> Path:
        """The working directory's."""
        return Path(PICTURES)


class HeadlessReplay(Recorded):
    """A `RunHandle` whose time is what its viewer waits: every moment is shown, at any speed."""

    def __init__(self, playback: Playback, speed: float, sleep: Callable[[float], None] = time.sleep) -> None:
        """`speed`: seconds of the run in one of ours."""
        self._playback = playback
        self._speed = speed
        self._sleep = sleep

    def snapshot(self) -> Snapshot:
        """The run at this position."""
        return self._playback.snapshot

    def wait(self, seconds: float | None) -> bool:
        """Play so much of the run, or all that is left."""
        if self._playback.over:
            self.finished = True
        if seconds is None or self.finished:
            self._playback.go_to(self._playback.recording.length)
            self.finished = True
        else:
            self._sleep(seconds / self._speed)
            self._playback.go_to(self._playback.position + seconds)
        return self.finished

    def watch(self, agent: str | None) -> None:
        """Have this agent in snapshots from now on."""
        self._playback.watch(agent)


class ScreenReplay(Recorded):
    """A `PlaybackHandle`: it goes on by itself, and stays on its last picture until the viewer leaves."""

    def __init__(self, playback: Playback, speed: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`speed`: seconds of the run in one of the clock's."""
        self._playback = playback
        self._clock = clock
        self._at = clock()
        self._target = 0.0
        """Where it ought to be; the position follows as fast as events can be played."""
        self.speed = speed
        self.paused = False

    @property
    def position(self) -> float:
        """Seconds since the run's start."""
        return self._playback.position

    @property
    def length(self) -> float:
        """Seconds from the run's start to its last event."""
        return self._playback.recording.length

    def snapshot(self) -> Snapshot:
        """The run now."""
        now = self._clock()
        elapsed, self._at = now - self._at, now
        if not self.paused and self.position == self._target:
            self._target = min(self.length, self.position + elapsed * self.speed)
        until = now + FRAME_S
        self._playback.go_to(self._target, lambda: self._clock() < until)
        return self._playback.snapshot

    def pause(self, on: bool) -> None:
        """Stand still, or go on."""
        self.snapshot()
        self.paused = on

    def seek(self, seconds: float) -> None:
        """So much on, or back."""
        self._target = min(self.length, max(0.0, self._target + seconds))

    def to_mark(self, direction: int) -> str | None:
        """To the next mark (1) or the one before (-1); gives its label, null if there is none."""
        marks = self._playback.recording.marks
        times = [t for t, _ in marks]
        place = bisect.bisect_right(times, self._target) if direction > 0 else self._before(times)
        if not 0 <= place < len(marks):
            return None
        self._target = times[place]
        return marks[place][1] or "mark"

    def _before(self, times: list[float]) -> int:
        """The place of the mark before this moment; one that was reached just now does not count."""
        return bisect.bisect_left(times, self._target - self.speed) - 1

    def faster(self, factor: float) -> None:
        """So many times the speed, within its bounds."""
        self.snapshot()
        self.speed = min(FASTEST, max(SLOWEST, self.speed * factor))

    def wait(self, seconds: float | None) -> bool:
        """Whether the viewer has left."""
        time.sleep(min(seconds or FRAME_S, FRAME_S))
        return self.finished

    def watch(self, agent: str | None) -> None:
        """Have this agent in snapshots from now on."""
        self._playback.watch(agent)
