"""The load workers together: how many there are, which agents each has, the mail between them, and their deaths."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable

from stress.events import AgentState, AnyEvent, Pulse, WorkerLost
from stress.session.option_values import MOST_WORKERS
from stress.session.placement import Placement
from stress.session.protocol import Finish, FromWorker, Goodbye, Job, Move, Moved, Post, Report, Steer
from stress.session.worker_process import End, WorkerProcess

BUSY = 0.6
"""Share of a core above which `auto` starts another worker: well before the worker limits the run."""
BUSY_PULSES = 10
MOST_DEATHS = 5


def most_workers(cores: int, engine_is_local: bool) -> int:
    """How many workers `auto` starts at most: the screen keeps a core, an engine on this machine most of them."""
    return min(MOST_WORKERS, max(1, cores // 4 if engine_is_local else cores - 1))


class WorkerPoolError(Exception):
    """The load workers keep dying; the text says how."""


class WorkerPool:
    """Starts workers, spreads the agents over them, and takes in what they report. Lives in the session's loop.

    A worker's whole life is one task, and it has agents from its first report on. Those of one that dies wait until
    another is there, and begin anew. When a worker joins, others hand agents over to it: each ends its reply where it
    is, then goes with all that it remembers, its unread mail included.
    """

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
            count: how many workers; None: one, and more as they get busy.
            engine_is_local: the engine needs this machine's cores too.
            max_rate: messages a second that the whole swarm may write; None: no cap.
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
        """All that have a process; those that have reported are in the placement."""
        self._lives: set[asyncio.Task[None]] = set()
        self._numbers = 0
        self._alive = 0
        """Workers that start or are there."""
        self._deaths = 0
        self._busy: Counter[int] = Counter()
        self._unplaced: list[Post] = []
        """Mail for agents that wait for a worker."""
        self._orders: tuple[int, float | None] = (0, None)
        self._grace: float | None = None

    async def start(self) -> None:
        """Start the first workers; returns when all have reported for duty, or have finished.

        Raises:
            WorkerPoolError: they keep dying.
        """
        loop = asyncio.get_running_loop()
        self._complete: asyncio.Future[None] = loop.create_future()
        self._ended: asyncio.Future[None] = loop.create_future()
        for _ in range(self._count):
            self._hire()
        await asyncio.wait([self._complete, self._ended], return_when=asyncio.FIRST_COMPLETED)
        if self._ended.done():
            self._ended.result()

    async def ended(self) -> None:
        """Wait until the last worker has said goodbye.

        Raises:
            WorkerPoolError: they keep dying.
        """
        await self._ended

    def steer(self, agents: int, rate: float | None) -> None:
        """Be this many agents, each writing at most `rate` messages a minute."""
        self._orders = agents, rate
        leave = self._placement.shrink_to(agents)
        self._steer(self._placement.grow_to(agents), leave)

    def finish(self, grace: float) -> None:
        """Begin nothing new, give replies in flight `grace` seconds; a later call with less shortens that."""
        self._grace = grace
        for worker in self._workers.values():
            worker.send(Finish(grace))

    def grow_if_busy(self) -> None:
        """Start another worker where `auto` may and one has been near its limit for a second.

        It is judged anew once the last one that was started is there and has its agents.
        """
        if self._placement.moving or self._alive > len(self._placement.workers):
            self._busy.clear()
        elif max(self._busy.values(), default=0) >= BUSY_PULSES and self._alive < self._limit:
            self._hire()

    async def close(self) -> None:
        """Hang up on every worker that is still there, and wait until its process has ended."""
        self._grace = 0.0
        for worker in self._workers.values():
            worker.hang_up()
        if self._lives:
            await asyncio.wait(self._lives)

    def _hire(self) -> None:
        life = asyncio.ensure_future(self._life(self._numbers))
        self._numbers += 1
        self._alive += 1
        self._lives.add(life)
        life.add_done_callback(self._over)

    def _over(self, life: asyncio.Task[None]) -> None:
        self._lives.discard(life)
        error = None if life.cancelled() else life.exception()
        if self._ended.done():
            return
        if error is not None:
            self._ended.set_exception(error)
        elif not self._lives:
            self._ended.set_result(None)

    async def _life(self, number: int) -> None:
        try:
            self._workers[number] = worker = await WorkerProcess.start(self._job(number))
        except OSError as error:
            self._replace(number, self._bury(number), End(str(error), 0))
            return
        if self._grace is not None:  # the run has come to its end meanwhile
            worker.send(Finish(self._grace))
        while (message := await worker.read()) is not None and not isinstance(message, Goodbye):
            self._hear(number, message)
        if message is not None:
            await worker.end()
            return
        agents = self._bury(number)
        self._replace(number, agents, await worker.end())

    def _bury(self, number: int) -> int | None:
        """The worker is dead: its agents wait from now on. Returns how many; None if it was not ready yet."""
        self._alive -= 1
        self._workers.pop(number, None)
        self._busy.pop(number, None)
        return self._placement.lose_worker(number) if number in self._placement.workers else None

    def _replace(self, number: int, agents: int | None, end: End) -> None:
        """Report a dead worker, and start another in its place; an empty one's death is no failure."""
        t, (cause, unreported) = self._now(), end
        self._take(WorkerLost(t=t, worker=number, agents=agents or 0, requests=unreported, cause=cause))
        self._deaths += agents != 0
        if self._deaths >= MOST_DEATHS:
            raise WorkerPoolError(f"The load workers keep dying ({cause}); everything they had reported is saved.")
        if self._grace is None and (self._placement.waiting or self._alive < self._count):
            self._hire()

    def _hear(self, number: int, message: FromWorker) -> None:
        match message:
            case Post():
                self._forward(message)
            case Moved():
                home = self._placement.hand_over(message.agent.index, message.agent.moving)
                if home is not None:
                    self._workers[home].send(message)
            case Report():
                if number not in self._placement.workers:
                    self._welcome(number)
                for event in message.events:
                    self._take(event)
                    if isinstance(event, Pulse):
                        self._note(event)

    def _welcome(self, number: int) -> None:
        """The worker is ready: it gets the agents that wait, and its share of the others'."""
        self._steer(self._placement.add_worker(number), {})  # all: the shares of the swarm's cap have changed
        for crowded, agents in self._placement.even_out(number).items():
            self._workers[crowded].send(Move(agents, number))
        mail, self._unplaced = self._unplaced, []
        for post in mail:
            self._forward(post)
        if len(self._placement.workers) >= self._count and not self._complete.done():
            self._complete.set_result(None)

    def _steer(self, join: dict[int, list[int]], leave: dict[int, list[int]]) -> None:
        population, rate = self._orders
        workers = self._placement.workers
        share = None if self._max_rate is None else self._max_rate / max(1, len(workers))
        for number in workers:
            coming, going = join.get(number, []), leave.get(number, [])
            order = Steer(population=population, rate=rate, max_rate=share, join=coming, leave=going)
            self._workers[number].send(order)

    def _note(self, pulse: Pulse) -> None:
        self._placement.gone(agent for agent, state in pulse.cells if state == AgentState.GONE)
        busy = pulse.cpu is not None and pulse.cpu > BUSY
        self._busy[pulse.worker] = self._busy[pulse.worker] + 1 if busy else max(0, self._busy[pulse.worker] - 1)

    def _forward(self, post: Post) -> None:
        by_worker: dict[int | None, list[int]] = {}
        for agent in post.to:
            if agent < self._placement.population:
                by_worker.setdefault(self._placement.home(agent), []).append(agent)
        for number, agents in by_worker.items():
            if number is None:
                self._unplaced.append(Post(post.mail, agents))
            else:
                self._workers[number].send(Post(post.mail, agents))
