"""The seam between a run and whoever watches it."""

from pathlib import Path
from typing import Protocol

from stress.fold.snapshot import Snapshot


class RunHandle(Protocol):
    """A run in progress, as its viewer sees it. Its methods may be called from any thread and return at once."""

    def snapshot(self) -> Snapshot:
        """The newest picture; the same object until there is a newer one."""
        ...

    @property
    def finished(self) -> bool:
        """The run has ended and everything is saved."""
        ...

    def wait(self, seconds: float | None) -> bool:
        """Wait until the run is finished, or for so long (the one method that does not return at once)."""
        ...

    def hold(self, on: bool) -> None:
        """Stop the ramp's clock (the swarm goes on at its present size), or let it go on."""
        ...

    def nudge(self, agents: int) -> None:
        """Change the target by this many agents from now on."""
        ...

    def next_stage(self) -> None:
        """Go on to where the schedule's next stage begins; in the last one: end the schedule."""
        ...

    def watch(self, agent: str | None) -> None:
        """Have this agent, by its handle, in snapshots from now on; null: none."""
        ...

    def mark(self, label: str = "") -> None:
        """Put a mark into the record."""
        ...

    def viewed(self, name: str) -> None:
        """Put into the record what the viewer did to the screen alone."""
        ...

    @property
    def pictures(self) -> Path:
        """The directory for screenshots; it may not be there yet."""
        ...

    def drain(self) -> None:
        """End the run: no new requests, replies in flight may finish for a few seconds, then save."""
        ...

    def stop(self) -> None:
        """End the run at once: replies in flight are abandoned, everything is saved."""
        ...


class PlaybackHandle(RunHandle, Protocol):
    """A recorded run that is played; it does not end by itself."""

    speed: float
    """Seconds of the run in one of ours."""
    paused: bool

    @property
    def position(self) -> float:
        """Seconds since the run's start."""
        ...

    @property
    def length(self) -> float:
        """Seconds from the run's start to its last event."""
        ...

    def pause(self, on: bool) -> None:
        """Stand still, or go on."""
        ...

    def seek(self, seconds: float) -> None:
        """So much on, or back."""
        ...

    def to_mark(self, direction: int) -> str | None:
        """To the next mark (1) or the one before (-1); gives its label, null if there is none."""
        ...

    def faster(self, factor: float) -> None:
        """So many times the speed."""
        ...
