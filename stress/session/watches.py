"""Watches what a run needs to be there: the engine that it has started, and the server.

One that goes ends the run, or comes back, and the ramp waits for it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from urllib.parse import urlsplit

from stress.engines.supervisor import EngineProcess
from stress.errors import StressError
from stress.events import AnyEvent, Mark, Trouble
from stress.limits.outage import REFUSED, Outage
from stress.privacy.private_text import without_secrets

MOST_RESTARTS = 10
KNOCK_S = 2.0


class Watch:
    """Sees how it is whenever `look` is called, ten times a second in a run."""

    def __init__(self, now: Callable[[], float], take: Callable[[AnyEvent], None]) -> None:
        """`now` is the run's clock, `take` gets the events."""
        self._now = now
        self._take = take
        self._went: float | None = None

    @property
    def down(self) -> bool:
        """It is gone, and may come back."""
        return self._went is not None

    def _lose(self, label: str, since: float) -> None:
        self._went = since
        self._take(Mark(t=self._now(), label=label))

    def _back(self, what: str) -> None:
        now = self._now()
        if self._went is not None:
            self._take(Mark(t=now, label=f"{what} back after {now - self._went:.1f} s"))
        self._went = None


class EngineWatch(Watch):
    """The engine's troubles become events; its death ends the run, or it is started again."""

    def __init__(
        self,
        engine: EngineProcess,
        *,
        restart: bool,
        now: Callable[[], float],
        take: Callable[[AnyEvent], None],
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`restart`: bring it back when it dies; `progress` gets how far that is, in a thread of its own."""
        super().__init__(now, take)
        self._engine = engine
        self._progress = progress
        self._left = MOST_RESTARTS if restart else 0
        self._reported = 0
        self._over = False
        self._restart: Future[None] | None = None

    def look(self, *, may_restart: bool = True) -> str | None:
        """See how it is; returns the sentence that ends the run, None while it may go on.

        `may_restart`: the run still goes on, so that it is worth while.
        """
        if self._restart is not None:
            return self._look_at_restart(self._restart)
        if self._over:
            return None
        self._report_troubles()
        if self._engine.alive():
            return None
        cause = self._engine.death() or "The engine has ended."
        self._report_troubles()  # what its last lines said
        self._take(Trouble(t=self._now(), name="engine_dead", detail=cause))
        if not self._left or not may_restart:
            self._over = True
            return cause
        self._left -= 1
        self._lose("engine died", self._now())
        self._restart = ThreadPoolExecutor(1).submit(self._engine.restart, self._progress)
        return None

    def _look_at_restart(self, restart: Future[None]) -> str | None:
        if not restart.done():
            return None
        self._restart, self._reported = None, 0
        try:
            restart.result()
        except StressError as failure:
            self._report_troubles()
            self._over, self._went = True, None
            return f"The engine died and could not be restarted. {failure}"
        self._back("engine")
        return None

    def _report_troubles(self) -> None:
        troubles = self._engine.troubles
        for name, line in troubles[self._reported :]:
            self._take(Trouble(t=self._now(), name=name, detail=line))
        self._reported = len(troubles)

    async def close(self, *, stop: bool) -> None:
        """Stop the engine, or leave it running; a restart under way may take as long as the engine's start."""
        if stop:
            await asyncio.to_thread(self._engine.stop)
        if self._restart is not None:
            await asyncio.to_thread(wait, [self._restart])
            self._restart = self._went = None


async def listens(url: str) -> bool:
    """Whether a connection to the URL's host can be made."""
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(KNOCK_S):
            port = parts.port or (443 if parts.scheme == "https" else 80)
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except OSError:
        return False
    writer.close()
    return True


class ServerWatch(Watch):
    """A server that only refuses connections ends the run, or comes back."""

    def __init__(
        self,
        url: str,
        give_up: float,
        outage: Outage,
        *,
        now: Callable[[], float],
        take: Callable[[AnyEvent], None],
        knock: Callable[[str], Awaitable[bool]] = listens,
    ) -> None:
        """What does not change.

        Args:
            url: the server's base URL.
            give_up: seconds of nothing but refusals that end the run.
            outage: what the agents' requests say.
            now: the run's clock.
            take: gets the events.
            knock: finds out whether the server takes a connection: agents that back off try seldom.
        """
        super().__init__(now, take)
        self._url = url
        self._give_up = give_up
        self._outage = outage
        self._knock = knock
        self._knocking: asyncio.Future[bool] | None = None
        self._excused = 0.0

    def look(self, *, excused: bool) -> str | None:
        """See how it is; returns the sentence that ends the run, None while it may go on.

        `excused`: it is being started again, and what was refused until now does not count.
        """
        now, newest = self._now(), self._outage.newest
        if excused:
            self._excused = now
        if newest is None or newest.t <= self._excused or not self._outage.away(now):
            self._back("server")
            self._knocking = None
            return None
        since = self._since()
        if not self.down:
            self._lose("server refuses connections", since)
            self._take(Trouble(t=now, name=REFUSED, detail=newest.detail or "no connection"))
        if now - since < self._give_up:
            return None
        if newest.t - since >= self._give_up:
            return self.sentence()
        if self._knocking is None:
            self._knocking = asyncio.ensure_future(self._knock(self._url))
        return self.sentence() if self._knocking.done() and not self._knocking.result() else None

    def sentence(self) -> str:
        """What there is to say of a server that stays away."""
        newest = self._outage.newest
        why = f" ({newest.detail})" if newest is not None and newest.detail else ""
        return (
            f"The server at {without_secrets(self._url)} has refused every connection for "
            f"{self._now() - self._since():.0f} s{why}; check that it still runs, or wait longer with --give-up."
        )

    def _since(self) -> float:
        return max(self._outage.refused_at or 0.0, self._excused)
