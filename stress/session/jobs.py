"""What each load worker is given to do; of a burst its share of the requests, also when another one dies."""

from collections import Counter

import msgspec

from stress.engines.registry import FAILURES
from stress.events import Event, Request, WorkerLost
from stress.session.plan import RunPlan
from stress.session.protocol import Job, worker_of


class Quota:
    """A fixed number of requests, spread over the workers. Pure but for its own state."""

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


def job_for(plan: RunPlan, epoch: float, quota: Quota | None, worker: int) -> Job:
    """A worker's part of the run.

    Args:
        plan: of the run.
        epoch: where its clock begins, on the machine's monotonic clock.
        quota: how a burst's requests are shared out; None: the agents converse.
        worker: its number, from 0 on.
    """
    burst = plan.burst
    if quota is not None and burst is not None:
        prompts = quota.prompts_of(worker, burst.prompts)
        burst = msgspec.structs.replace(burst, requests=quota.of(worker), prompts=prompts)
    return Job(
        worker=worker,
        epoch=epoch,
        endpoint=plan.endpoint,
        scenario=plan.scenario.model_dump_json(by_alias=True).encode(),
        seed=plan.seed,
        budget=plan.budget,
        client=plan.options.client,
        words=FAILURES,
        burst=burst,
    )
