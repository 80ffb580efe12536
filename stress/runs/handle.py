"""The seam between a run and whoever watches it."""

from pathlib import Path
from typing import Protocol

import msgspec

from stress.fold.snapshot import Snapshot
from stress.fold.summary import Summary
from stress.runs.directory import RunState

STEERING = frozenset({"hold", "resume", "target", "step", "next_stage"})
"""The controls that change how many agents there are to be."""
ENDING = frozenset({"drain", "stop"})


class Control(msgspec.Struct, frozen=True):
    """What is asked of a run: by a key, the palette or a program.

    - `hold`: stop the ramp's clock, the swarm goes on at its present size; `resume`: let it go on.
    - `target`: be so many agents now (value); `step`: so many more (value, below 0: fewer). Either way the ramp goes on
      from there.
    - `next_stage`: go on to where the schedule's next stage begins; in the last one: end the schedule.
    - `mark`: put a mark into the record, with this label (value).
    - `drain`: end the run: no new requests, replies in flight may finish for a few seconds, then save.
    - `stop`: end the run at once: replies in flight are abandoned, everything is saved.

    Any other name is of something that a viewer did to its screen alone; it goes into the record.
    """

    name: str
    value: int | str | None = None

    def __post_init__(self) -> None:
        if self.name in ("target", "step") and type(self.value) is not int:
            raise ValueError(f"{self.name} takes a whole number of agents; found {self.value!r}.")


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a run, or a duel, has ended."""

    state: RunState
    """`running`: its record breaks off."""
    cause: str | None = None
    """Why it is not `done`, in a sentence."""
    place: str
    """Where the record is."""
    summary: Summary | None = None
    """What the run came to; None for a duel, which has a verdict."""


class RunHandle(Protocol):
    """A run in progress, as its viewer sees it. Its methods may be called from any thread and return at once."""

    def snapshot(self) -> Snapshot:
        """The newest picture; the same object until there is a newer one."""

    @property
    def finished(self) -> bool:
        """The run has ended and everything is saved."""

    @property
    def ending(self) -> Ending | None:
        """How it has ended; None while it goes on, and of a recorded run before its last moment."""

    @property
    def pictures(self) -> Path:
        """The directory for screenshots; it may not be there yet."""

    def wait(self, seconds: float | None) -> bool:
        """Wait until the run is finished, or for so long (the one method that does not return at once)."""

    def control(self, control: Control) -> str | None:
        """Do this; returns None where it is taken, else a sentence that says why it is refused."""

    def watch(self, agent: str | None) -> None:
        """Have this agent, by its handle, in snapshots from now on; None: none.

        No control, since it changes what is shown and nothing of the run: a recorded one does it too.
        """
