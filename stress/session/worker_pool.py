"""The load workers together: how many there are, which agents each has, the mail between them, and their deaths."""

import asyncio
import os
from collections.abc import Callable

from stress.events import AnyEvent, Pulse, WorkerLost
from stress.session.placement import Placement
from stress.session.protocol import Goodbye, Job, Post, Report, Steer
from stress.session.worker_process import WorkerDiedError, WorkerProcess

BUSY = 0.6
"""Share of a core above which `auto` starts another worker: well before the worker limits the run."""
BUSY_PULSES = 10
MOST_DEATHS = 5
MOST_WORKERS = 64


def most_workers(cores: int, engine_is_local: bool) -> int:
    """How many workers `auto` starts at most: the screen keeps a core, an engine on this machine most of them."""
    return min(MOST_WORKERS, max(1, cores // 4 if engine_is_local else cores - 1))


class WorkerPoolError(Exception):
    """The load workers keep dying; the text says how."""


class WorkerPool:
    """Starts workers, spreads the agents over them, and takes in what they report. Lives in the session's loop."""

    def __init__(
        self,
        job: Callable[[int], Job],
        count: int | None,
        engine_is_local: bool,
        max_rate: float | None,
        now: Callable[[], float],
        take: Callable[[AnyEvent], None],
    ) -> None:
        """What does not change.

        Args:
            job: makes the job of the worker with this number.
            count: how many workers; null: one, and more as they get busy.
            engine_is_local: the engine needs this machine's cores too.
            max_rate: messages a second that the whole swarm may write; null: no cap.
            now: seconds since the run's start.
            take: is called with every event of every worker.
        """
        self._job = job
        self._count = count or 1
        self._limit = 0 if count else most_workers(os.cpu_count() or 1, engine_is_local)
        self._max_rate = max_rate
        self._now = now
        self._take = take
        self._placement = Placement()
        self._workers: dict[int, WorkerProcess] = {}
        self._listening: dict[int, asyncio.Task[None]] = {}
        self._numbers = 0
        self._deaths = 0
        self._busy = 0
        self._orders: tuple[int, float | None] = (0, None)
        self._grace: float | None = None

    async def start(self) -> None:
        """Start the first workers; they report for duty when `listen` hears them."""
        for _ in range(self._count):
            await self._start_worker()

    async def listen(self, ready: Callable[[], None]) -> None:
        """Take in what the workers report until all have said goodbye; `ready` is called at the first report.

        Raises:
            CrewFailedError: they keep dying.
        """
        self._ready: Callable[[], None] | None = ready
        try:
            while self._listening:
                done, _ = await asyncio.wait(self._listening.values(), return_when=asyncio.FIRST_COMPLETED)
                for number in [number for number, task in self._listening.items() if task in done]:
                    await self._heard_the_last_of(number, self._listening.pop(number))
        finally:
            for task in self._listening.values():
                task.cancel()

    def steer(self, agents: int, rate: float | None) -> None:
        """Be this many agents, each writing at most `rate` messages a minute."""
        self._orders = agents, rate
        leave = self._placement.shrink_to(agents)
        join = self._placement.grow_to(agents)
        for number in self._workers:
            self._steer(number, join.get(number, []), leave.get(number, []))

    def finish(self, grace: float) -> None:
        """Begin nothing new, give replies in flight `grace` seconds; a later call with less shortens that."""
        self._grace = grace
        for worker in self._workers.values():
            worker.finish(grace)

    async def grow_if_busy(self) -> None:
        """Start another worker where `auto` may and the busiest has been near its limit for a second."""
        if self._grace is None and self._busy >= BUSY_PULSES and len(self._workers) < self._limit:
            self._busy = 0
            await self._start_worker()

    async def close(self) -> None:
        """Wait until every worker's process has ended."""
        await asyncio.gather(*(worker.close() for worker in self._workers.values()))

    def _steer(self, number: int, join: list[int], leave: list[int]) -> None:
        population, rate = self._orders
        share = None if self._max_rate is None else self._max_rate / len(self._workers)
        self._workers[number].send(Steer(population=population, rate=rate, max_rate=share, join=join, leave=leave))

    async def _start_worker(self) -> None:
        number, self._numbers = self._numbers, self._numbers + 1
        self._workers[number] = worker = await WorkerProcess.start(self._job(number))
        self._placement.add_worker(number)
        self._listening[number] = asyncio.ensure_future(self._listen_to(number, worker))
        for other in self._workers:  # the shares of the swarm's cap have changed
            self._steer(other, [], [])
        if self._grace is not None:  # the run has come to its end meanwhile
            worker.finish(self._grace)

    async def _listen_to(self, number: int, worker: WorkerProcess) -> None:
        while not isinstance(message := await worker.read(), Goodbye):
            if isinstance(message, Post):
                self._forward(message)
                continue
            assert isinstance(message, Report)
            for event in message.events:
                self._take(event)
                if isinstance(event, Pulse) and event.cpu is not None:
                    self._note_load(event.cpu)
            if self._ready is not None:
                self._ready()
                self._ready = None

    def _note_load(self, cpu: float) -> None:
        self._busy = self._busy + 1 if cpu > BUSY else max(0, self._busy - 1)

    def _forward(self, post: Post) -> None:
        by_worker: dict[int, list[int]] = {}
        for agent in post.to:
            if agent < self._placement.population:
                by_worker.setdefault(self._placement.home(agent), []).append(agent)
        for number, agents in by_worker.items():
            if number in self._workers:
                self._workers[number].send(Post(post.mail, agents))

    async def _heard_the_last_of(self, number: int, task: asyncio.Task[None]) -> None:
        worker = self._workers.pop(number)
        try:
            task.result()
        except WorkerDiedError as death:
            await self._replace(number, str(death))
        finally:
            await worker.close()

    async def _replace(self, number: int, cause: str) -> None:
        """Report a dead worker's agents, and place them on another one."""
        orphans = self._placement.lose_worker(number)
        self._take(WorkerLost(t=self._now(), worker=number, agents=len(orphans), cause=cause))
        self._deaths += 1
        if self._deaths >= MOST_DEATHS:
            raise WorkerPoolError(f"The load workers keep dying ({cause}); what they had reported is saved.")
        if self._grace is not None:
            return  # the run ends: what is lost stays lost
        await self._start_worker()
        for home, agents in self._placement.move(orphans).items():
            self._steer(home, agents, [])
