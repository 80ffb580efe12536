"""A recorded run as viewers see one, or several in step: moved by a clock, paused, at any speed, from mark to mark."""

import math
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

from stress.fold.snapshot import Snapshot
from stress.fold.summary import summarise
from stress.runs.directory import PICTURES
from stress.runs.handle import ENDING, Control, Ending
from stress.runs.highlights import SHORTEST_S, SHOWN_S, Stretch
from stress.runs.playback import Playback
from stress.units import format_duration

SLOWEST, FASTEST = 0.25, 100.0
AGAIN_S = 1.5
"""A key that is pressed again so soon goes on from the mark that it led to."""
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

    It can't be steered, and its record stays as it is. Stretches without news are skipped when it plays into one; a
    viewer who seeks into one sees it.
    """

    pictures = Path(PICTURES)

    def __init__(self, *playbacks: Playback, speed: float = 1.0, clock: Clock = time, skip: bool = True) -> None:
        """Play these in step.

        Args:
            playbacks: runs, each from its own start.
            speed: seconds of the run in one of the clock's.
            clock: moves it.
            skip: stretches in which no run has news take no time.
        """
        self.playbacks = playbacks
        self._clock = clock
        self._at = clock.monotonic()
        self._target = 0.0
        """Where it ought to be; the position follows as fast as events can be played."""
        self.length = max(playback.length for playback in playbacks)
        """Seconds to the last event of the longest one."""
        self._quiet = quiet_in_all(playbacks, self.length) if skip else []
        self._skipped = 0.0
        """Seconds that have been skipped and not yet reported."""
        self._jumped = 0.0, -math.inf
        """Where the last jump to a mark led, and until when the next one goes on from there."""
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
            self._go_on(elapsed * self.speed)
        self._follow(now)

    def _go_on(self, seconds: float) -> None:
        """Move by so much, and past a stretch without news that begins there."""
        after = self._target + seconds
        for start, end in self._quiet:
            if self._target <= start < after:
                after += end - start
                self._skipped += end - start
        self._target = min(self.length, after)

    def _follow(self, now: float) -> None:
        """Play the events up to where it ought to be, as far as that goes in a frame."""
        for number, playback in enumerate(self.playbacks, 1):
            playback.go_to(self._target, self._until(now + FRAME_S * number / len(self.playbacks)))

    def _until(self, moment: float) -> Callable[[], bool]:
        return lambda: self._clock.monotonic() < moment

    def wait(self, seconds: float | None) -> bool:
        """Play so many seconds on, or to the end; True once the end has been reached, or its viewer has left.

        For viewers that write lines: they get those of a stretch without news too, but do not wait for them.
        """
        self.finished = self.finished or seconds is None or self.position >= self.length
        if seconds is None or self.finished:
            self.seek(self.length)
        else:
            if not any(start <= self._target < end for start, end in self._quiet):
                self._clock.sleep(seconds / self.speed)
            self._target = min(self.length, self._target + seconds)
            self._at = self._clock.monotonic()
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
        self._jumped = 0.0, -math.inf

    def to_mark(self, direction: int) -> str:
        """To the next mark (1) of any run, or the one before (-1); returns a sentence that says where that is.

        Asked again soon, it goes on from the mark that it led to, although the clock has moved since.
        """
        marks = sorted(
            (t, self._whose(place, what)) for place, one in enumerate(self.playbacks) for t, what in one.marks
        )
        now = self._clock.monotonic()
        mark, until = self._jumped
        here = mark if now < until else self._target
        later = (mark for mark in marks if mark[0] > self._target)
        earlier = (mark for mark in reversed(marks) if mark[0] < here)
        found = next(later if direction > 0 else earlier, None)
        if found is None:
            return f"No mark {'after' if direction > 0 else 'before'} this moment."
        self._target, what = found
        self._jumped = self._target, now + AGAIN_S
        return f"At {what}."

    def _whose(self, place: int, what: str) -> str:
        """A mark in words, where there are several runs with the name of its run."""
        return what

    def news(self) -> str | None:
        """A sentence about what has been skipped since it was last asked for; None: nothing."""
        seconds, self._skipped = self._skipped, 0.0
        return f"Skipped {format_duration(seconds)} without news." if seconds else None


def quiet_in_all(playbacks: Sequence[Playback], length: float) -> list[Stretch]:
    """The stretches in which no run has news: each is in a quiet one of its own, or over."""
    common: list[Stretch] = [(0.0, length)]
    for playback in playbacks:
        over = [(playback.length + SHOWN_S, length)]
        common = [
            (max(start, begin), min(end, stop))
            for start, end in common
            for begin, stop in [*playback.quiet, *over]
            if min(end, stop) - max(start, begin) >= SHORTEST_S
        ]
    return common
