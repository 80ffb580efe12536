"""Chooses which messages to show, so that a person can read along however fast they come."""

from collections import deque
from collections.abc import Sequence

from stress.events import Message

LINES_A_SECOND = 3.0
"""About as fast as short lines can be read."""
_PATIENCE_S = 2.0
"""A message is shown this long after it came, at the latest, or not at all: the screen is live."""
_WINDOW_S = 5.0


class Pace:
    """Takes the newest messages as they come, and lets through what can be read.

    A few messages at once are shown one after the other; when more wait than `_PATIENCE_S` can show, all but
    the newest are passed over.
    """

    def __init__(self) -> None:
        self._seen: int | None = None
        self._waiting: list[Message] = []
        self._next = 0.0
        self._arrived: deque[tuple[float, int]] = deque()
        self._shown: deque[float] = deque()

    def take(self, talk: Sequence[Message], now: float) -> list[Message]:
        """The messages to show now, oldest first: all there are at the first call, then at most one.

        Args:
            talk: the newest messages, oldest first.
            now: seconds on a monotonic clock.
        """
        if not talk:
            return []
        if self._seen is None:
            self._seen = talk[-1].id
            return list(talk)
        new = self._new(talk)
        if new:
            self._seen = talk[-1].id
            self._arrived.append((now, len(new)))
            self._waiting += new
        if not self._waiting or now < self._next:
            return []
        if len(self._waiting) > LINES_A_SECOND * _PATIENCE_S:
            del self._waiting[:-1]
        message = self._waiting.pop(0)
        self._next = now + 1 / LINES_A_SECOND
        self._shown.append(now)
        return [message]

    def took_lines(self, lines: int) -> None:
        """The message just taken fills this many lines, and keeps the next one waiting as long as they take to read."""
        self._next += (lines - 1) / LINES_A_SECOND

    def one_of(self, now: float) -> int:
        """Over the last seconds, one message was shown of this many that came; 1 when all were."""
        while self._arrived and self._arrived[0][0] < now - _WINDOW_S:
            self._arrived.popleft()
        while self._shown and self._shown[0] < now - _WINDOW_S:
            self._shown.popleft()
        came = sum(number for _, number in self._arrived)
        return max(1, round(came / len(self._shown))) if self._shown else 1

    def _new(self, talk: Sequence[Message]) -> list[Message]:
        """The messages after the newest one seen; all, if that one has scrolled out of `talk`."""
        for back, message in enumerate(reversed(talk)):
            if message.id == self._seen:
                return list(talk[len(talk) - back :])
        return list(talk)
