"""How many of a burst's requests each worker sends, also when one dies and another takes its place. Pure."""

from collections import Counter

from stress.events import Event, Request, WorkerLost
from stress.session.worker_ids import worker_of


class Quota:
    """A fixed number of requests, spread over the workers."""

    def __init__(self, requests: int, workers: int) -> None:
        self.requests = requests
        self._workers = workers
        self._given: dict[int, int] = {}
        self._ended: Counter[int] = Counter()
        self._lost = 0
        self._orphaned = 0

    @property
    def done(self) -> bool:
        """Every request has ended, well or not."""
        return sum(self._ended.values()) + self._lost >= self.requests

    def of(self, worker: int) -> int:
        """The requests of a worker that starts now: an even share, or what one that died has left."""
        if worker < self._workers:
            share = self.requests * (worker + 1) // self._workers - self.requests * worker // self._workers
        else:
            share, self._orphaned = self._orphaned, 0
        self._given[worker] = share
        return share

    def prompts_of(self, worker: int, prompts: tuple[str, ...]) -> tuple[str, ...]:
        """The prompts in the order in which this worker sends them, so that all workers together send each in turn."""
        start = self.requests * min(worker, self._workers) // self._workers % len(prompts) if prompts else 0
        return prompts[start:] + prompts[:start]

    def take(self, event: Event) -> None:
        """Count what a worker reports."""
        if isinstance(event, Request):
            self._ended[worker_of(event.id)] += 1
        elif isinstance(event, WorkerLost):
            lost = event.requests or 0
            self._lost += lost
            self._orphaned += self._given.get(event.worker, 0) - self._ended[event.worker] - lost
