"""The pool on a turned clock, with workers that are no processes: they hold agents, and the test kills them."""

import asyncio
import random
from collections import Counter

import pytest
from happenings import pulse
from turned_clock import TurnedLoop

from stress.events import Pulse, WorkerLost
from stress.session import worker_pool
from stress.session.protocol import Finish, Goodbye, Move, Moved, Post, Report, Steer
from stress.session.worker_pool import BUSY_PULSES, MOST_DEATHS, WorkerPool, WorkerPoolError
from stress.session.worker_process import End
from stress.swarm.agent import Agent
from stress.swarm.memory import Transcript
from stress.swarm.office import Mail


class FakeWorker:
    """Takes half a second to start and a moment to die; an agent that is to move ends its reply first."""

    def __init__(self, pool: "Pool", number: int) -> None:
        self.pool, self.number = pool, number
        self.frames: asyncio.Queue = asyncio.Queue()
        self.agents: set[int] = set()
        self.moving: dict[int, int] = {}
        self.steered: list[Steer] = []
        self.dead = self.finished = False
        self.unreported = 0

    def report(self, *events) -> None:
        self.frames.put_nowait(Report(list(events)))

    def pulse(self, cpu: float) -> None:
        self.report(pulse(1.0, worker=self.number, cpu=cpu))

    def post(self, mail: Mail, *to: int) -> None:
        self.frames.put_nowait(Post(mail, list(to)))

    def die(self) -> None:
        self.dead = True
        self.frames.put_nowait(None)

    def send(self, message) -> None:
        match message:
            case _ if self.dead:
                return
            case Steer():
                self.steered.append(message)
                self.agents -= set(message.leave)
                for agent in message.leave:
                    self.moving.pop(agent, None)
                assert not self.agents & set(message.join)
                self.agents |= set(message.join)
            case Move():
                for agent in message.agents:
                    self.moving[agent] = message.order
                    asyncio.get_running_loop().call_later(self.pool.reply_s(), self.let_go, agent, message.order)
            case Moved():
                assert message.agent.index not in self.agents
                self.agents.add(message.agent.index)
            case Post():
                self.deliver(message.mail, message.to)
            case Finish():
                self.finished = True
                self.frames.put_nowait(Goodbye())

    def deliver(self, mail: Mail, to: list[int]) -> None:
        for agent in to:
            if agent in self.agents:
                self.pool.read[mail.id, agent] += 1
            else:
                self.post(mail, agent)

    def let_go(self, index: int, order: int) -> None:
        if self.moving.get(index) == order and not self.dead:
            del self.moving[index]
            self.agents.remove(index)
            self.frames.put_nowait(Moved(Agent(index, "", "", Transcript("", 0), moving=order)))

    async def read(self):
        return await self.frames.get()

    def hang_up(self) -> None:
        self.die()

    async def end(self) -> End:
        await asyncio.sleep(0.02)
        return End("signal 9", self.unreported)


class Pool:
    """A worker pool, with all the workers that it ever had and the events that it took in."""

    def __init__(self, monkeypatch, count: int | None = None, *, limit: int = 1, max_rate: float | None = None) -> None:
        monkeypatch.setattr(worker_pool, "most_workers", lambda cores, engine_is_local: limit)
        monkeypatch.setattr(worker_pool, "WorkerProcess", self)
        self.workers: list[FakeWorker] = []
        self.events: list = []
        self.read: Counter[tuple[int, int]] = Counter()
        self.reply_s = lambda: 1.0
        self.stillborn = 0
        self.pool = WorkerPool(lambda number: number, count, False, max_rate, self.now, self.events.append)

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def start(self, number: int) -> FakeWorker:
        """In place of `WorkerProcess.start`."""
        await asyncio.sleep(0.5)
        worker = FakeWorker(self, number)
        self.workers.append(worker)
        if self.stillborn:
            self.stillborn -= 1
            worker.die()
        worker.report()
        return worker

    @property
    def living(self) -> list[FakeWorker]:
        return [worker for worker in self.workers if not worker.dead]

    def homes(self) -> list[int]:
        """The agents of all living workers, in order."""
        return sorted(agent for worker in self.living for agent in worker.agents)

    def lost(self) -> list[tuple[int, int, int]]:
        return [(event.worker, event.agents, event.requests) for event in self.events if isinstance(event, WorkerLost)]

    async def end(self) -> None:
        self.pool.finish(0.0)
        await self.pool.ended()
        await self.pool.close()


def turned(main) -> None:
    with asyncio.Runner(loop_factory=TurnedLoop) as runner:
        runner.run(main)


def test_what_workers_report_before_anybody_waits_for_their_end_is_taken_in(monkeypatch):
    async def main():
        here = Pool(monkeypatch, 2)
        await here.pool.start()
        here.workers[1].pulse(0.1)
        await asyncio.sleep(1)
        assert [event.worker for event in here.events if isinstance(event, Pulse)] == [1]
        await here.end()

    turned(main())


def test_a_worker_that_was_added_and_dies_is_replaced_and_its_agents_go_on(monkeypatch):
    async def main():
        here = Pool(monkeypatch, limit=2)
        await here.pool.start()
        here.pool.steer(6, None)
        for _ in range(BUSY_PULSES):
            here.workers[0].pulse(0.9)
        await asyncio.sleep(0.1)
        here.pool.grow_if_busy()
        await asyncio.sleep(5)
        assert [len(worker.agents) for worker in here.workers] == [3, 3]
        here.workers[1].unreported = 2
        here.workers[1].die()
        died = here.now()
        while here.homes() != list(range(6)):  # noqa: ASYNC110 (no event tells of it, and the clock is turned)
            await asyncio.sleep(0.1)
        assert here.now() - died < 2
        assert here.lost() == [(1, 3, 2)]
        await here.end()

    turned(main())


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("step", [+1, -1], ids=["grow", "shrink"])
def test_the_sole_worker_may_die_at_any_moment_while_the_agents_grow_or_shrink(monkeypatch, seed, step):
    async def main():
        rng = random.Random(seed)
        here = Pool(monkeypatch)
        await here.pool.start()
        population = 20
        here.pool.steer(population, None)
        for _ in range(2):
            at = rng.uniform(0.0, 0.7)
            asyncio.get_running_loop().call_later(at, lambda: here.living and here.living[-1].die())
            for _ in range(8):
                population += step
                await asyncio.sleep(rng.uniform(0.0, 0.2))
                here.pool.steer(population, None)
            await asyncio.sleep(1.5)
            assert here.homes() == list(range(population))
            assert here.living[0].steered[-1].population == population
        assert len(here.lost()) == 2
        await here.end()

    turned(main())


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_to_several_workers_every_agent_is_in_one_of_them_in_the_end(monkeypatch, seed):
    async def main():
        rng = random.Random(seed)
        here = Pool(monkeypatch, 2, limit=5)
        here.pool._limit = 5
        here.reply_s = lambda: rng.uniform(0.0, 3.0)
        await here.pool.start()
        deaths = 0
        for _ in range(60):
            population = rng.randrange(40)
            here.pool.steer(population, None)
            if rng.random() < 0.2 and here.living:
                for _ in range(BUSY_PULSES):
                    rng.choice(here.living).pulse(0.9)
            if rng.random() < 0.1 and here.living and deaths < MOST_DEATHS - 1:
                deaths += 1
                rng.choice(here.living).die()
            await asyncio.sleep(rng.uniform(0.0, 0.5))
            here.pool.grow_if_busy()
        await asyncio.sleep(10)
        assert here.homes() == list(range(population))
        await here.end()

    turned(main())


def test_one_hot_worker_of_three_makes_the_pool_grow(monkeypatch):
    async def main():
        here = Pool(monkeypatch, 3)
        here.pool._limit = 4
        await here.pool.start()
        for _ in range(BUSY_PULSES):
            for worker, cpu in zip(here.workers, (0.1, 0.9, 0.1), strict=True):
                worker.pulse(cpu)
            here.pool.grow_if_busy()
            assert len(here.workers) == 3
            await asyncio.sleep(0.1)
        here.pool.grow_if_busy()
        await asyncio.sleep(1)
        assert len(here.workers) == 4
        await here.end()

    turned(main())


def test_three_workers_that_are_busy_by_turns_do_not(monkeypatch):
    async def main():
        here = Pool(monkeypatch, 3)
        here.pool._limit = 4
        await here.pool.start()
        for beat in range(90):
            for worker in here.workers:
                worker.pulse(0.9 if beat // 9 % 3 == worker.number else 0.1)
            await asyncio.sleep(0.1)
            here.pool.grow_if_busy()
        await asyncio.sleep(1)
        assert len(here.workers) == 3
        await here.end()

    turned(main())


def test_the_next_worker_is_not_added_before_the_last_one_has_its_agents(monkeypatch):
    async def main():
        here = Pool(monkeypatch, limit=9)
        here.reply_s = lambda: 10.0
        await here.pool.start()
        here.pool.steer(40, None)
        for beat in range(150):
            here.workers[0].pulse(0.9)
            await asyncio.sleep(0.1)
            here.pool.grow_if_busy()
            if beat < 100:
                assert len(here.workers) <= 2
        await asyncio.sleep(1)
        assert len(here.workers) == 3
        await here.end()

    turned(main())


def test_a_worker_that_joins_a_run_of_fixed_size_gets_its_share_and_no_mail_is_lost(monkeypatch):
    async def main():
        rng = random.Random(1)
        here = Pool(monkeypatch, limit=2)
        here.reply_s = lambda: rng.uniform(0.0, 5.0)
        await here.pool.start()
        here.pool.steer(400, None)
        for _ in range(BUSY_PULSES):
            here.workers[0].pulse(0.9)
        sent = set()
        for number in range(1000):
            reader = rng.randrange(400)
            rng.choice(here.workers).post(Mail(number, "a01", "Ada", ""), reader)
            sent.add((number, reader))
            await asyncio.sleep(0.01)
            here.pool.grow_if_busy()
        await asyncio.sleep(1)
        assert [len(worker.agents) for worker in here.workers] == [200, 200]
        assert here.homes() == list(range(400))
        assert here.read == dict.fromkeys(sent, 1)
        await here.end()

    turned(main())


def test_mail_for_agents_that_wait_for_a_worker_is_kept_for_them(monkeypatch):
    async def main():
        here = Pool(monkeypatch, 2)
        await here.pool.start()
        here.pool.steer(4, None)
        here.workers[1].die()
        await asyncio.sleep(0.1)
        assert here.homes() == [0, 2]
        here.workers[0].post(Mail(7, "a01", "Ada", "Are you there?"), 1, 2, 3)
        await asyncio.sleep(1)
        assert here.read == {(7, 1): 1, (7, 2): 1, (7, 3): 1}
        await here.end()

    turned(main())


def test_the_cap_of_the_swarm_is_shared_by_those_that_are_there(monkeypatch):
    async def main():
        here = Pool(monkeypatch, 2, max_rate=10.0)
        await here.pool.start()
        here.pool.steer(4, 60.0)
        assert [worker.steered[-1].max_rate for worker in here.workers] == [5.0, 5.0]
        here.workers[0].die()
        await asyncio.sleep(2)
        assert [worker.steered[-1].max_rate for worker in here.living] == [5.0, 5.0]
        await here.end()

    turned(main())


@pytest.mark.parametrize(("count", "left"), [(8, 8), (None, 1)])
def test_workers_without_agents_that_die_do_not_end_the_run_and_are_replaced_if_so_many_were_asked_for(
    monkeypatch, count, left
):
    async def main():
        here = Pool(monkeypatch, count, limit=8)
        await here.pool.start()
        here.pool.steer(1, None)
        while len(here.workers) < 8:
            here.workers[0].pulse(0.9)
            await asyncio.sleep(0.1)
            here.pool.grow_if_busy()
        for worker in here.workers[1:]:
            worker.die()
        await asyncio.sleep(2)
        assert sorted(here.lost()) == [(number, 0, 0) for number in range(1, 8)]
        assert (len(here.living), here.homes()) == (left, [0])
        await here.end()

    turned(main())


def test_workers_that_die_before_they_are_ready_end_the_run(monkeypatch):
    async def main():
        here = Pool(monkeypatch)
        here.stillborn = MOST_DEATHS
        with pytest.raises(WorkerPoolError, match="keep dying"):
            await here.pool.start()
        assert here.lost() == [(number, 0, 0) for number in range(MOST_DEATHS)]
        await here.pool.close()

    turned(main())


def test_a_machine_without_room_for_another_process_ends_the_run_in_a_sentence(monkeypatch):
    async def main():
        here = Pool(monkeypatch)

        async def refuse(_):
            raise OSError(11, "Resource temporarily unavailable")

        here.start = refuse
        with pytest.raises(WorkerPoolError, match="Resource temporarily unavailable"):
            await here.pool.start()
        await here.pool.close()

    turned(main())


def test_a_run_that_ends_while_a_worker_starts_ends_that_one_too(monkeypatch):
    async def main():
        here = Pool(monkeypatch)
        starting = asyncio.ensure_future(here.pool.start())
        await asyncio.sleep(0.1)
        here.pool.finish(1.0)
        await starting
        await here.pool.ended()
        assert here.workers[0].finished
        await here.pool.close()

    turned(main())


def test_what_dies_while_the_run_drains_is_not_replaced(monkeypatch):
    async def main():
        here = Pool(monkeypatch, 2)
        await here.pool.start()
        here.pool.steer(4, None)
        here.workers[0].die()
        here.pool.finish(1.0)
        await here.pool.ended()
        assert len(here.workers) == 2
        assert here.lost() == [(0, 2, 0)]
        await here.pool.close()

    turned(main())
