"""Watches whether the server is there at all: one that only refuses connections ends the run, or comes back."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from stress.events import AnyEvent, Mark, Trouble
from stress.limits.outage import REFUSED, Outage
from stress.privacy.private_text import without_secrets

KNOCK_S = 2.0


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


class ServerWatch:
    """Lives in the session's loop; `look` is called ten times a second."""

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
            knock: tells whether the server takes a connection: agents that back off try seldom.
        """
        self._url = url
        self._give_up = give_up
        self._outage = outage
        self._now = now
        self._take = take
        self._knock = knock
        self._knocking: asyncio.Future[bool] | None = None
        self._excused = 0.0
        self._went: float | None = None

    @property
    def down(self) -> bool:
        """The server refuses everything, and may come back."""
        return self._went is not None

    def look(self, *, excused: bool) -> str | None:
        """See how it is; returns the sentence that ends the run, None while it may go on.

        `excused`: it is being started again, and what was refused until now does not count.
        """
        now, newest = self._now(), self._outage.newest
        if excused:
            self._excused = now
        if newest is None or newest.t <= self._excused or not self._outage.away(now):
            self._back(now)
            return None
        if self._went is None:
            self._went = self._since()
            self._take(Mark(t=now, label="server refuses connections"))
            self._take(Trouble(t=now, name=REFUSED, detail=newest.detail or "no connection"))
        if now - self._since() < self._give_up:
            return None
        if newest.t - self._since() >= self._give_up:
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
            f"{self._now() - self._since():.0f} s{why}; see whether it still runs, or wait longer with --give-up."
        )

    def _since(self) -> float:
        return max(self._outage.refused_at or 0.0, self._excused)

    def _back(self, now: float) -> None:
        if self._went is not None:
            self._take(Mark(t=now, label=f"server back after {now - self._went:.1f} s"))
        self._went = self._knocking = None
