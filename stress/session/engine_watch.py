"""Watches an engine that we have started: its troubles become events, its death ends the run, or it comes back."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Protocol

from stress.errors import StressError
from stress.events import AnyEvent, Mark, Trouble

MOST_RESTARTS = 10


class Engine(Protocol):
    """An engine that we started ourselves (`stress.engines.supervisor.EngineProcess`)."""

    def alive(self) -> bool:
        """It still runs."""

    def death(self) -> str | None:
        """Why it died, in a sentence; None while it runs."""

    @property
    def troubles(self) -> list[tuple[str, str]]:
        """What its log has told to be wrong: names and lines."""

    def log_to(self, path: Path) -> None:
        """Write its log to this file."""

    def restart(self, progress: Callable[[str], None]) -> None:
        """Start it again after it died, and wait until it serves; NoServerError if it does not."""

    def stop(self) -> None:
        """End it; harmless if it has ended."""


class EngineWatch:
    """Sees how the engine is whenever `look` is called; a restart goes on in a thread meanwhile."""

    def __init__(
        self,
        engine: Engine,
        *,
        restart: bool,
        now: Callable[[], float],
        take: Callable[[AnyEvent], None],
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`restart`: bring it back when it dies. `now` is the run's clock, `take` gets the events.

        `progress` gets how far a restart is, in its thread.
        """
        self._engine = engine
        self._left = MOST_RESTARTS if restart else 0
        self._now = now
        self._take = take
        self._progress = progress
        self._told = 0
        self._over = False
        self._restart: Future[None] | None = None
        self._died = 0.0

    @property
    def down(self) -> bool:
        """The engine is gone and about to come back."""
        return self._restart is not None

    def look(self, *, may_restart: bool = True) -> str | None:
        """See how it is; gives the sentence that ends the run, None while it may go on.

        `may_restart`: the run still goes on, so that it is worth while.
        """
        if self._restart is not None:
            return self._look_at_restart(self._restart)
        if self._over:
            return None
        self._tell_troubles()
        if self._engine.alive():
            return None
        cause = self._engine.death() or "The engine has ended."
        self._tell_troubles()  # what its last lines said
        self._take(Trouble(t=self._now(), name="engine_dead", detail=cause))
        if not self._left or not may_restart:
            self._over = True
            return cause
        self._left -= 1
        self._died = self._now()
        self._take(Mark(t=self._died, label="engine died"))
        self._restart = ThreadPoolExecutor(1).submit(self._engine.restart, self._progress)
        return None

    def _look_at_restart(self, restart: Future[None]) -> str | None:
        if not restart.done():
            return None
        self._restart, self._told = None, 0
        try:
            restart.result()
        except StressError as failure:
            self._tell_troubles()
            self._over = True
            return f"The engine died and did not come back. {failure}"
        self._take(Mark(t=self._now(), label=f"engine back after {self._now() - self._died:.1f} s"))
        return None

    def _tell_troubles(self) -> None:
        troubles = self._engine.troubles
        for name, line in troubles[self._told :]:
            self._take(Trouble(t=self._now(), name=name, detail=line))
        self._told = len(troubles)

    async def close(self, *, stop: bool) -> None:
        """Stop the engine, or leave it running; a restart under way may take as long as the engine's start."""
        if stop:
            await asyncio.to_thread(self._engine.stop)
        if self._restart is not None:
            await asyncio.to_thread(wait, [self._restart])
            self._restart = None
