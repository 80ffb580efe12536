"""A load worker: the process in which the swarm lives.

It does nothing but agents and streams, so that a slow screen, disk or GPU library cannot move a number. The
session sets how many agents there are; it reports what happened ten times a second.
"""

import asyncio
import contextlib
import gc
import mmap
import os
import signal
import socket
import sys
import time
from collections.abc import Coroutine
from typing import Any

import uvloop
from asyncio_throttle import Throttler

from stress.client.chat import ChatClient, transport_for
from stress.client.exchange import Client, Exchange, Progress
from stress.client.meter import Meter
from stress.client.transport import Clock
from stress.client.wire import Messages
from stress.events import AgentState, AnyEvent, Pulse
from stress.scenario.model import Scenario
from stress.session.open_files import raise_open_files
from stress.session.protocol import (
    COUNTER_BYTES,
    Finish,
    FrameReader,
    Goodbye,
    Job,
    Move,
    Moved,
    Post,
    Report,
    Steer,
    ToWorker,
    first_id,
    pack,
)
from stress.stats.histogram import tally
from stress.swarm.agent import Agent
from stress.swarm.burst import Burst, prompt_maker
from stress.swarm.office import Mail
from stress.swarm.swarm import Swarm

TICK_S = 0.02
TICKS_A_PULSE = 5
PULSES_A_LOOK = 5
"""Of a burst, how far each reply is goes into every so many pulses."""
MOST_LOOKED_AT = 1000
"""Replies at once; of more, nobody can tell one from another on a screen."""
TICKS_A_COLLECTION = 50
TICKS_A_WHOLE_COLLECTION = 500
"""Of garbage: what is young each second, all of it each ten. The automatic collector would walk through all agents at
moments of its own choosing, in the middle of a read. Nearly everything here is freed by its count of references."""


class TurnProgress(Progress):
    """Shows on the screen what an agent's request is doing."""

    __slots__ = ("_agent", "_swarm")

    def __init__(self, swarm: Swarm, agent: Agent) -> None:
        self._swarm = swarm
        self._agent = agent

    def sent(self) -> None:
        """The request is with the server."""
        self._swarm.set_state(self._agent, AgentState.WAITING)

    def generating(self) -> None:
        """The first output has come."""
        self._swarm.set_state(self._agent, AgentState.GENERATING)

    def backing_off(self) -> None:
        """The server asked for a pause."""
        self._swarm.set_state(self._agent, AgentState.THINKING)


class Worker:
    """Runs one job until the order to finish, or until the session is gone."""

    def __init__(self, job: Job, writer: asyncio.StreamWriter, begun: "memoryview[int]") -> None:
        """`begun[0]` counts the requests begun, where the session can read it even if this process is killed."""
        self._job = job
        self._writer = writer
        self._begun = begun
        self._meter = Meter()
        self._client = _client(job, self._meter, self.now)
        self._ready: asyncio.Queue[Agent] = asyncio.Queue()
        self._swarm = self._make_swarm()
        self._throttle: Throttler | None = None
        self._turns: set[asyncio.Task[None]] = set()
        self._background: list[asyncio.Task[None]] = []
        self._events: list[AnyEvent] = []
        self._streams: dict[int, Exchange] = {}
        """A burst's replies on their way, by the agent's index."""
        self._pulses = 0
        self._cpu_seconds = time.process_time()
        self._pulsed_at = self.now()
        self._lags: list[float] = []

    def _make_swarm(self) -> Swarm:
        job, first = self._job, first_id(self._job.worker)
        scenario = Scenario.model_validate_json(job.scenario)
        ready, post, move = self._ready.put_nowait, self._post, self._move
        if (burst := job.burst) is None:
            return Swarm(scenario, job.seed, job.budget, ready, post, move, first_id=first)
        prompt = prompt_maker(job.seed, burst.words, burst.prompts)
        return Burst(scenario, job.seed, ready, post, move, first_id=first, requests=burst.requests, prompt=prompt)

    def now(self) -> float:
        """Seconds since the run's start."""
        return time.monotonic() - self._job.epoch

    async def run(self, frames: FrameReader) -> None:
        """Follow the session's orders; returns when all is reported."""
        self._background = [self._start(self._dispatch()), self._start(self._beat())]
        self._writer.write(pack(Report([])))  # ready for duty
        grace = 0.0  # if the session is gone nobody is left to report to, but the requests must still be closed
        while (order := await frames.read()) is not None:
            if isinstance(order, Finish):
                grace = order.grace
                break
            self._obey(order)
        self._swarm.close()
        hurry = self._start(self._hurry(frames))
        await self._finish_turns(grace)
        hurry.cancel()
        for task in self._background:
            task.cancel()
        self._pulse()
        self._writer.write(pack(Goodbye()))
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()
        await self._client.close()

    def _obey(self, order: ToWorker) -> None:
        match order:
            case Steer():
                self._throttle = _throttle(order.max_rate, self._throttle)
                self._swarm.steer(order.population, order.rate, order.join, order.leave, self.now())
            case Post():
                self._swarm.deliver(order.mail, order.to, self.now())
            case Move():
                self._swarm.hand_over(order.agents, order.order)
            case Moved():
                self._swarm.take_over(order.agent)

    @staticmethod
    def _start(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        task.add_done_callback(_die_of_bugs)
        return task

    async def _dispatch(self) -> None:
        """Begin turns in the order in which agents became ready; the only one that acquires the throttle."""
        while True:
            agent = await self._ready.get()
            if not self._swarm.may_begin(agent):
                continue
            if self._throttle is not None:
                await self._throttle.acquire()
                if not self._swarm.may_begin(agent):
                    continue
            # Begun here, not in the task: who is ready next must know that this turn is taken.
            prompt, unread = self._swarm.begin(agent, self.now())
            self._begun[0] += 1
            turn = self._start(self._turn(agent, prompt, unread))
            self._turns.add(turn)
            turn.add_done_callback(self._turns.discard)

    def _post(self, mail: Mail, to: list[int]) -> None:
        """Mail for agents of other workers does not wait for the next pulse."""
        self._writer.write(pack(Post(mail, to)))

    def _move(self, agent: Agent) -> None:
        self._writer.write(pack(Moved(agent)))

    async def _turn(self, agent: Agent, prompt: Messages, unread: int) -> None:
        exchange = self._client.begin(prompt, TurnProgress(self._swarm, agent))
        if self._job.burst is not None:
            self._streams[agent.index] = exchange
        try:
            outcome = await exchange.run()
        except asyncio.CancelledError:
            outcome = exchange.partial()
        self._streams.pop(agent.index, None)
        request, message = self._swarm.end(agent, outcome, unread, self.now())
        self._events.append(request)
        if message is not None:
            self._events.append(message)

    async def _beat(self) -> None:
        """Keep the swarm's time, and measure by how much this loop is late to do so."""
        due, ticks = self.now(), 0
        while True:
            due += TICK_S
            await asyncio.sleep(due - self.now())
            now = self.now()
            self._lags.append(max(0.0, now - due))
            due = max(due, now - TICK_S)  # after a stall, do not run to catch up
            self._swarm.tick(now)
            ticks += 1
            if ticks % TICKS_A_PULSE == 0:
                self._pulse()
            if ticks % TICKS_A_COLLECTION == 0:
                gc.collect(0 if ticks % TICKS_A_WHOLE_COLLECTION else 2)

    def _pulse(self) -> None:
        now = self.now()
        taken = self._meter.take()
        cpu = time.process_time()
        span = max(1e-6, now - self._pulsed_at)
        pulse = Pulse(
            t=now,
            worker=self._job.worker,
            agents=self._swarm.present,
            in_flight=self._swarm.in_flight,
            tokens=taken.tokens,
            ttft=tally(taken.ttfts),
            itl=tally(taken.gaps),
            itl_sum_ms=sum(taken.gaps) * 1e3,
            itl_sum_sq_ms2=sum(gap * gap for gap in taken.gaps) * 1e6,
            cells=self._swarm.take_changes(),
            streamed=self._streamed(),
            cpu=round((cpu - self._cpu_seconds) / span, 3),
            lag=tally(self._lags),
        )
        self._cpu_seconds, self._pulsed_at, self._lags = cpu, now, []
        events, self._events = [*self._events, pulse], []
        self._writer.write(pack(Report(events)))

    def _streamed(self) -> tuple[tuple[int, int], ...]:
        """How far the replies on their way are, where it is time to say so."""
        self._pulses += 1
        if self._pulses % PULSES_A_LOOK or len(self._streams) > MOST_LOOKED_AT:
            return ()
        return tuple((index, stream.chunks) for index, stream in self._streams.items() if stream.chunks)

    async def _finish_turns(self, grace: float) -> None:
        if self._turns:
            await asyncio.wait(self._turns, timeout=grace)
        self._abandon()
        await asyncio.gather(*self._turns, return_exceptions=True)

    async def _hurry(self, frames: FrameReader) -> None:
        """A second order to finish shortens the grace; a session that is gone ends it."""
        loop = asyncio.get_running_loop()
        while (order := await frames.read()) is not None:
            if isinstance(order, Finish):
                loop.call_later(order.grace, self._abandon)
            else:
                self._obey(order)
        self._abandon()

    def _abandon(self) -> None:
        for turn in self._turns:
            turn.cancel()


def _client(job: Job, meter: Meter, clock: Clock) -> Client:
    if job.client == "openai":
        from stress.client.reference import ReferenceClient  # half a second

        return ReferenceClient(job.endpoint, meter, clock=clock, words=job.words)
    transport = transport_for(job.endpoint.chat_url, clock)
    return ChatClient(job.endpoint, transport, meter, clock=clock, words=job.words)


def _throttle(rate: float | None, present: Throttler | None) -> Throttler | None:
    """The cap on messages a second. Its waiter polls, so few permits a period and a period of 50 ms or longer."""
    if rate is None:
        return None
    permits = max(1, round(rate / 20))
    throttle = present or Throttler(rate_limit=permits)
    throttle.rate_limit, throttle.period = permits, permits / rate
    throttle.retry_interval = min(0.01, throttle.period / 10)
    return throttle


def _die_of_bugs(task: asyncio.Task[None]) -> None:
    """A task of ours that raises is a bug: the process ends, loudly, and the session reports it."""
    if not task.cancelled() and (error := task.exception()) is not None:
        sys.excepthook(type(error), error, error.__traceback__)
        os._exit(70)


async def _main(connection: socket.socket, begun: "memoryview[int]") -> None:
    reader, writer = await asyncio.open_connection(sock=connection)
    job = await FrameReader(reader, ToWorker).read()
    if isinstance(job, Job):
        await Worker(job, writer, begun).run(FrameReader(reader, ToWorker))
        # The session hangs up once it has heard the goodbye. A line that we had closed before would break under what it
        # still sends, and take our last report along.
        with contextlib.suppress(ConnectionError):
            await reader.read()
    writer.close()


def main() -> None:
    """Run as `python -m stress.session.worker SOCKET COUNTER`: the inherited files that lead to the session."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # each can reach the whole group; the session decides when to stop
    raise_open_files()
    gc.disable()
    gc.freeze()
    connection, counter = map(int, sys.argv[1:])
    begun = memoryview(mmap.mmap(counter, COUNTER_BYTES)).cast("Q")
    uvloop.run(_main(socket.socket(fileno=connection), begun))


if __name__ == "__main__":
    main()
