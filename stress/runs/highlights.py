"""What in a recorded run is worth jumping to, and what is not worth watching: from its events, looked through once."""

import itertools
import math
from collections import Counter

from stress.events import ABANDONED, AnyEvent, Mark, Phase, Pulse, Request, Trouble, WorkerLost
from stress.limits.outage import Outage
from stress.stats.knee import find_knee

SHOWN_S = 3.0
"""So much of a drain is shown after each piece of news, and before the next."""
SHORTEST_S = 5.0
"""A shorter stretch is not worth a jump."""

Highlight = tuple[float, str]
"""Seconds since the run's start, and what is there: a noun with its article."""
Stretch = tuple[float, float]
"""From and to, in seconds since the run's start."""


class Highlights:
    """Grown event by event. It counts as the fold does, but only what it needs: a fold takes five times as long."""

    def __init__(self) -> None:
        self.ramp_started: float | None = None
        self.length = 0.0
        """Seconds from the run's start to its last event."""
        self._drain: float | None = None
        self._marks: list[Highlight] = []
        self._news: list[float] = []
        """When something happened that a viewer would miss."""
        self._troubles: set[str] = set()
        self._outage = Outage()
        self._workers: dict[int, int] = {}
        self._fullest = 0, 0.0
        """The most agents, and since when."""
        self._tokens: Counter[int] = Counter()
        """By whole second."""
        self._agents: dict[int, int] = {}
        """By whole second, at its end."""

    def take(self, event: AnyEvent) -> None:
        """The next event of the run."""
        self.length = max(self.length, event.t)
        match event:
            case Pulse():
                self._pulse(event)
            case Request():
                self._outage.add_request(event)
                if event.error not in (None, ABANDONED):
                    self._trouble(event.t, f"the first '{event.error}' error")
            case Trouble():
                self._trouble(event.t, f"the first trouble with the {event.whose}: {event.name}")
            case WorkerLost():
                self._trouble(event.t, "the loss of a load worker")
            case Mark():
                self._mark(event.t, f"the mark '{event.label}'" if event.label else "a mark")
            case Phase():
                self._news.append(event.t)
                self.ramp_started = event.t if self.ramp_started is None else self.ramp_started
                self._drain = event.t if event.name == "drain" else self._drain

    def marks(self) -> list[Highlight]:
        """The user's marks, the peak, the knee, full load, each kind of error or trouble, and the end; in order."""
        found = [*self._marks, (self.length, "the end")]
        if any(self._tokens.values()):
            best = max(self._tokens, key=lambda second: self._tokens[second])
            found.append((min(best + 1.0, self.length), "the peak"))
        agents, since = self._fullest
        if self.ramp_started is not None and since > self.ramp_started + 1:  # else it began with all of them
            found.append((since, f"full load, {agents:,} agents"))
        if (knee := self._knee()) is not None:
            found.append((knee, "the knee"))
        return sorted(found)

    def quiet(self) -> list[Stretch]:
        """The stretches of its drain without news: replies in flight finish, and nothing else happens."""
        if self._drain is None:
            return []
        news = sorted({self._drain, self.length, *(t for t in self._news if t > self._drain)})
        between = [(before + SHOWN_S, after - SHOWN_S) for before, after in itertools.pairwise(news)]
        return [(start, end) for start, end in between if end - start >= SHORTEST_S]

    def _pulse(self, pulse: Pulse) -> None:
        self._outage.add_pulse(pulse)
        self._workers[pulse.worker] = pulse.agents
        agents = sum(self._workers.values())
        if self._drain is None and agents > self._fullest[0]:
            self._fullest = agents, pulse.t
        second = math.floor(pulse.t)
        self._tokens[second] += pulse.tokens
        self._agents[second] = agents

    def _trouble(self, t: float, what: str) -> None:
        """Only the first of its kind is news."""
        if what not in self._troubles:
            self._troubles.add(what)
            self._mark(t, what)

    def _mark(self, t: float, what: str) -> None:
        self._marks.append((t, what))
        self._news.append(t)

    def _knee(self) -> float | None:
        """When the ramp came to the knee: as `Fold.ramp_seconds` has the seconds that count."""
        began, end = self.ramp_started or 0.0, self.length if self._drain is None else self._drain
        whole = [second for second in sorted(self._agents) if math.ceil(began) <= second < math.floor(end)]
        there = [second for second in whole if not self._outage.touches(second, second)]
        knee = find_knee([(self._agents[second], float(self._tokens[second])) for second in there])
        if knee is None:
            return None
        return next((float(second) for second in there if self._agents[second] >= knee.agents), None)
