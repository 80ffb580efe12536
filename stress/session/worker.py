"""A load worker: the process in which the swarm lives.

It does nothing but agents and streams, so that a slow screen, disk or GPU library cannot move a number. The
session tells it how many agents to be; it reports what happened ten times a second.
"""

import asyncio
import contextlib
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Coroutine
from typing import Any

import uvloop
from asyncio_throttle import Throttler

from stress.client.chat import ChatClient
from stress.client.http1 import transport_for
from stress.client.meter import Meter
from stress.events import AgentState, AnyEvent, Pulse
from stress.histogram import tally
from stress.scenario import Scenario
from stress.session.protocol import Finish, FrameReader, Goodbye, Job, Report, Steer, ToWorker, pack
from stress.swarm.agent import Agent
from stress.swarm.swarm import Swarm

TICK_S = 0.02
TICKS_A_PULSE = 5


class TurnProgress:
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
    """Runs one job until it is told to finish, or until the session is gone."""

    def __init__(self, job: Job, writer: asyncio.StreamWriter) -> None:
        self._job = job
        self._writer = writer
        self._meter = Meter()
        self._transport = transport_for(job.endpoint.chat_url, self.now)
        self._client = ChatClient(job.endpoint, self._transport, self._meter, clock=self.now)
        scenario = Scenario.model_validate_json(job.scenario)
        self._ready: asyncio.Queue[Agent] = asyncio.Queue()
        self._swarm = Swarm(scenario, job.seed, job.budget, self._ready.put_nowait)
        self._throttle = _throttle(job.max_rate)
        self._turns: set[asyncio.Task[None]] = set()
        self._background: list[asyncio.Task[None]] = []
        self._events: list[AnyEvent] = []
        self._cpu_seconds = time.process_time()
        self._pulsed_at = self.now()
        self._lag = 0.0

    def now(self) -> float:
        """Seconds since the run's start."""
        return time.monotonic() - self._job.epoch

    async def run(self, frames: FrameReader) -> None:
        """Follow the session's orders; returns when all is reported."""
        self._background = [self._start(self._dispatch()), self._start(self._beat())]
        grace = 0.0
        while True:
            order = await frames.read()
            match order:
                case Steer():
                    self._swarm.steer(order.agents, order.rate, self.now())
                case Finish():
                    grace = order.grace
                    break
                case _:
                    break  # the session is gone: nobody is left to report to, the requests must still be closed
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
        await self._transport.close()

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
            turn = self._start(self._turn(agent))
            self._turns.add(turn)
            turn.add_done_callback(self._turns.discard)

    async def _turn(self, agent: Agent) -> None:
        prompt, unread = self._swarm.begin(agent, self.now())
        exchange = self._client.begin(prompt, TurnProgress(self._swarm, agent))
        try:
            outcome = await exchange.run()
        except asyncio.CancelledError:
            outcome = exchange.partial()
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
            self._lag = max(self._lag, now - due)
            due = max(due, now - TICK_S)  # after a stall, do not run to catch up
            self._swarm.tick(now)
            ticks += 1
            if ticks % TICKS_A_PULSE == 0:
                self._pulse()

    def _pulse(self) -> None:
        now = self.now()
        taken = self._meter.take()
        cpu = time.process_time()
        span = max(1e-6, now - self._pulsed_at)
        pulse = Pulse(
            t=now,
            worker=self._job.worker,
            agents=self._swarm.population,
            in_flight=self._swarm.in_flight,
            tokens=taken.tokens,
            ttft=tally(taken.ttfts),
            itl=tally(taken.gaps),
            itl_sum_ms=sum(taken.gaps) * 1e3,
            itl_sum_sq_ms2=sum(gap * gap for gap in taken.gaps) * 1e6,
            cells=self._swarm.take_changes(),
            cpu=round((cpu - self._cpu_seconds) / span, 3),
            loop_lag_ms=round(max(0.0, self._lag) * 1000, 2),
        )
        self._cpu_seconds, self._pulsed_at, self._lag = cpu, now, 0.0
        events, self._events = [*self._events, pulse], []
        self._writer.write(pack(Report(events)))

    async def _finish_turns(self, grace: float) -> None:
        if self._turns:
            await asyncio.wait(self._turns, timeout=grace)
        self._abandon()
        if self._turns:
            await asyncio.wait(self._turns)

    async def _hurry(self, frames: FrameReader) -> None:
        """A second order to finish shortens the grace; a session that is gone ends it."""
        loop = asyncio.get_running_loop()
        while (order := await frames.read()) is not None:
            if isinstance(order, Finish):
                loop.call_later(order.grace, self._abandon)
        self._abandon()

    def _abandon(self) -> None:
        for turn in self._turns:
            turn.cancel()


def _throttle(rate: float | None) -> Throttler | None:
    """The cap on messages a second. Its waiter polls, so few permits a period and a period of 50 ms or longer."""
    if rate is None:
        return None
    permits = max(1, round(rate / 20))
    period = permits / rate
    return Throttler(rate_limit=permits, period=period, retry_interval=min(0.01, period / 10))


def _die_of_bugs(task: asyncio.Task[None]) -> None:
    """A task of ours that raises is a bug: the process ends, loudly, and the session reports it."""
    if not task.cancelled() and (error := task.exception()) is not None:
        sys.excepthook(type(error), error, error.__traceback__)
        os._exit(70)


def raise_open_files() -> int:
    """Raise the soft limit of open files to the hard one; gives the limit now in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with contextlib.suppress(ValueError, OSError):  # macOS reports a hard limit that it does not grant
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


async def _main(connection: socket.socket) -> None:
    reader, writer = await asyncio.open_connection(sock=connection)
    job = await FrameReader(reader, ToWorker).read()
    if isinstance(job, Job):
        await Worker(job, writer).run(FrameReader(reader, ToWorker))
    writer.close()


def main() -> None:
    """Run as `python -m stress.session.worker FD`: FD is the inherited socket to the session."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the session decides when to stop
    raise_open_files()
    uvloop.run(_main(socket.socket(fileno=int(sys.argv[1]))))


if __name__ == "__main__":
    main()
