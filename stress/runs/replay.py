"""A recorded run as viewers see one, or several in step: moved by a clock, sought, hurried and paused."""

import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Protocol

from stress.fold.snapshot import Snapshot
from stress.fold.summary import summarise
from stress.runs.directory import PICTURES
from stress.runs.handle import ENDING, Control, Ending
from stress.runs.playback import Playback

SLOWEST, FASTEST = 0.25, 100.0
FRAME_S = 0.05
"""A viewer waits no longer than this for a picture; where more has to be played, the position stays behind."""


class Clock(Protocol):
    """What moves a recording: the module `time`, as for a screen, or a `WaitedClock`."""

    def monotonic(self) -> float:
        """Seconds."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


class WaitedClock:
    """Only what is waited passes on it: so every moment is shown, at any speed."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        self._now = 0.0

    def monotonic(self) -> float:
        return self._now

    def sleep(self, seconds: float, /) -> None:
        self._sleep(seconds)
        self._now += seconds


class Replay:
    """A `RunHandle` that follows its clock, and stays on its last picture until its viewer leaves or waits for more.

    It can't be steered, and its record stays as it is.
    """

    pictures = Path(PICTURES)

    def __init__(self, *playbacks: Playback, speed: float = 1.0, clock: Clock = time) -> None:
        """`speed`: seconds of the run in one of the clock's."""
        self.playbacks = playbacks
        self._clock = clock
        self._at = clock.monotonic()
        self._target = 0.0
        """Where it ought to be; the position follows as fast as events can be played."""
        self.length = max(playback.length for playback in playbacks)
        """Seconds to the last event of the longest one."""
        self.speed = speed
        self.paused = False
        self.finished = False
        """Its viewer has left, or has seen its end."""

    @property
    def position(self) -> float:
        """Seconds since the start."""
        return min(self._target, max(playback.position for playback in self.playbacks))

    @property
    def ending(self) -> Ending | None:
        """As for any run, while the position is at the end: it can be sought back."""
        return self._how_it_ended if self.position >= self.length else None

    @cached_property
    def _how_it_ended(self) -> Ending:
        """Of the longest run; asked for at its end only."""
        playback = max(self.playbacks, key=lambda playback: playback.length)
        recording, record = playback.recording, playback.recording.record
        return Ending(
            state=record.state if record else "running",
            cause=record.cause if record else None,
            place=str(recording.path),
            summary=summarise(playback.fold),
        )

    def snapshot(self) -> Snapshot:
        """The run now; of several the longest."""
        self.play()
        return max(self.playbacks, key=lambda playback: playback.length).snapshot

    def play(self) -> None:
        """Follow the clock, as far as events can be played in a frame."""
        now = self._clock.monotonic()
        elapsed, self._at = now - self._at, now
        if not self.paused and all(one.position == min(self._target, one.length) for one in self.playbacks):
            self._target = min(self.length, self._target + elapsed * self.speed)
        for number, playback in enumerate(self.playbacks, 1):
            playback.go_to(self._target, self._until(now + FRAME_S * number / len(self.playbacks)))

    def _until(self, moment: float) -> Callable[[], bool]:
        return lambda: self._clock.monotonic() < moment

    def wait(self, seconds: float | None) -> bool:
        """Play so many seconds on, or to the end; True once the end has been reached, or its viewer has left."""
        self.finished = self.finished or seconds is None or self.position >= self.length
        if seconds is None or self.finished:
            self.seek(self.length)
        else:
            self._clock.sleep(seconds / self.speed)
        self.play()
        return self.finished

    def control(self, control: Control) -> str | None:
        if control.name not in ENDING:
            return "This run is recorded: it can't be steered."
        self.finished = True  # its viewer leaves
        return None

    def watch(self, agent: str | None) -> None:
        for playback in self.playbacks:
            playback.watch(agent)

    def pause(self, on: bool) -> None:
        """Stand still, or go on."""
        self.play()
        self.paused = on

    def faster(self, factor: float) -> None:
        """So many times the speed, within its bounds."""
        self.play()
        self.speed = min(FASTEST, max(SLOWEST, self.speed * factor))

    def seek(self, seconds: float) -> None:
        """So much on, or back."""
        self._target = min(self.length, max(0.0, self._target + seconds))

    def to_mark(self, direction: int) -> str | None:
        """To the next mark (1) of any run or the one before (-1); returns its label, None if there is none.

        One that was reached just now is not the one before.
        """
        marks = sorted(mark for playback in self.playbacks for mark in playback.marks)
        later = (mark for mark in marks if mark[0] > self._target)
        earlier = (mark for mark in reversed(marks) if mark[0] < self._target - self.speed)
        found = next(later if direction > 0 else earlier, None)
        if found is None:
            return None
        self._target = found[0]
        return found[1] or "mark"
