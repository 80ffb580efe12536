"""One run, from its first event to its last.

The session runs in a thread of its own beside whoever watches it. It steers the load workers along the ramp, takes in
what they and the samplers report, has every event recorded, and folds them into the snapshot that is shown.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from stress.events import AnyEvent, Controlled, Event, Mark, Phase, PhaseName, Target
from stress.fold.fold import Fold
from stress.fold.snapshot import Snapshot
from stress.fold.summary import summarise
from stress.fold.whole import picture
from stress.privacy.redactor import masked
from stress.runs.directory import PICTURES, RunDirectory, RunState
from stress.runs.handle import ENDING, STEERING, Control, Ending
from stress.runs.recorder import Recorder
from stress.session.first_replies import FirstReplies
from stress.session.jobs import Quota, job_for
from stress.session.plan import RunPlan
from stress.session.record import about, describe_run, utc_now
from stress.session.result import Result, why_no_reply
from stress.session.samplers import Samplers
from stress.session.steering import Steering
from stress.session.watches import EngineWatch, ServerWatch
from stress.session.worker_pool import WorkerPool, WorkerPoolError

STEP_S = 0.1
SAMPLE_S = 0.5
DRAIN_S = 60.0
"""Replies in flight when the schedule ends may take this long; they are part of the run."""
INTERRUPTED_DRAIN_S = 5.0


class Session:
    """A run in progress; it is the `RunHandle` that viewers get."""

    def __init__(self, plan: RunPlan, directory: RunDirectory) -> None:
        options, engine, now, take = plan.options, plan.target.engine, self._now, self._take
        self._plan = plan
        self._directory = directory
        self._recorder = Recorder(directory)
        self._record = describe_run(plan)
        self._epoch = time.monotonic()
        self._fold = Fold(about(plan))
        self._snapshot = self._fold.snapshot()
        self._steering = Steering(plan.ramp)
        self._samplers = Samplers(plan, now, lambda event: self._call(take, event))
        self._engine = EngineWatch(engine, restart=options.restart_engine, now=now, take=take) if engine else None
        self._pending: list[Event] = []
        self._ended_by: tuple[RunState, str | None] = ("done", None)
        self._grace: float | None = None
        self._server = ServerWatch(plan.endpoint.base_url, options.give_up, self._fold.outage, now=now, take=take)
        self._held_for_server = False
        self._first_replies = FirstReplies(plan)
        workers = options.workers
        if plan.burst:  # its requests are shared out beforehand, so its workers do not grow in number
            workers = min(workers or 1, plan.burst.concurrency)
        self._quota = Quota(plan.burst.requests, workers or 1) if plan.burst else None
        job = partial(job_for, plan, self._epoch, self._quota)
        self._pool = WorkerPool(job, workers, plan.engine_is_local, options.max_rate, now, take)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looping = threading.Event()
        self._finished = threading.Event()
        self._thread = threading.Thread(target=self._run_thread, name="session")
        self._crash: BaseException | None = None
        self.result: Result | None = None

    def start(self) -> None:
        """Begin the run."""
        self._directory.save_record(self._record)
        if self._plan.target.engine is not None:
            self._plan.target.engine.log_to(self._directory.path / "engine.log")
        self._thread.start()
        self._looping.wait()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the run is finished and saved, or for so long; returns whether it is.

        Raises:
            BaseException: what the session itself raised, if it has a bug.
        """
        done = self._finished.wait(seconds)
        if done:
            self._thread.join()
            if self._crash is not None:
                raise self._crash
        return done

    # The RunHandle of viewers: any thread, at once.

    def snapshot(self) -> Snapshot:
        return self._snapshot

    @property
    def finished(self) -> bool:
        return self._finished.is_set()

    @property
    def ending(self) -> Ending | None:
        result = self.result if self.finished else None
        if result is None:
            return None
        place = str(self._directory.path)
        return Ending(state=result.state, cause=result.cause, place=place, summary=result.summary)

    @property
    def pictures(self) -> Path:
        return self._directory.path / PICTURES

    def watch(self, agent: str | None) -> None:
        self._call(self._fold.watch, agent)

    def control(self, control: Control) -> str | None:
        if self.finished:
            return "The run is over."
        if self._grace is not None and control.name in STEERING:
            return "The run is ending: it can no longer be steered."
        self._call(self._obey, control)
        return None

    # Inside the session's thread.

    def _now(self) -> float:
        return time.monotonic() - self._epoch

    def _call(self, action: Callable[..., object], *args: object) -> None:
        if self._loop is not None and not self.finished:
            with contextlib.suppress(RuntimeError):  # the run may end between the two lines
                self._loop.call_soon_threadsafe(action, *args)

    def _run_thread(self) -> None:
        try:
            asyncio.run(self._run())
        except BaseException as error:  # raised again in wait()
            self._crash = error
        finally:
            self._looping.set()
            self._finished.set()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._looping.set()
        self._samplers.start()
        self._recorder.start()
        try:
            await self._follow()
            for event in await self._samplers.read_last():
                self._take(event)
        finally:
            self._samplers.stop()
            try:
                self._save()
            finally:
                await self._pool.close()
                if self._engine is not None:
                    await self._engine.close(stop=not self._plan.keep_engine)

    async def _follow(self) -> None:
        """Hear the workers until the last one says goodbye, and step the run meanwhile."""
        work: list[asyncio.Task[None]] = []
        try:
            await self._pool.start()
            self._steering.begin(self._now())
            work = [asyncio.ensure_future(self._pool.ended()), asyncio.ensure_future(self._step())]
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except WorkerPoolError as failure:
            self._end("failed", str(failure))
        finally:
            for task in work:
                task.cancel()

    async def _step(self) -> None:
        """Ten times a second: steer, record, and show."""
        orders: tuple[int, float | None] | None = None
        next_sample = 0.0
        while True:
            now = self._now()
            if self._grace is None:
                wanted = self._steering.agents(now), self._steering.rate(now)
                self._enter(self._steering.phase(now))
                if wanted != orders:
                    orders = wanted
                    self._pool.steer(*wanted)
                    self._take(Target(t=now, agents=wanted[0], rate=wanted[1]))
                if self._quota is not None and self._quota.done:
                    if self._server.down:
                        self._end("failed", self._server.sentence())
                    self._finish(0.0, "all requests have ended")
                elif self._steering.over(now):
                    self._finish(DRAIN_S, "the schedule is over")
                self._pool.grow_if_busy()
            self._look_at_server()
            if (trouble := self._recorder.trouble(now)) is not None:
                self._take(trouble)
            self._publish(sample=now >= next_sample)
            if now >= next_sample:
                next_sample = now + SAMPLE_S - 1e-3
            await asyncio.sleep(STEP_S - self._now() % STEP_S)

    def _look_at_server(self) -> None:
        """The ramp waits for an engine or a server that may come back; one that is gone for good ends the run."""
        engine, server = self._engine, self._server
        cause = None if engine is None else engine.look(may_restart=self._grace is None)
        note = "the engine died"
        restarting = engine is not None and engine.down
        if cause is None and self._grace is None:
            cause, note = server.look(excused=restarting), "the server refuses every connection"
            if cause is None and not restarting:
                waits = self._snapshot.waiting.longest_s
                cause, note = self._first_replies.look(self._now(), waits), "every request fails"
        away = restarting or server.down
        if away and not self._steering.held:
            self._obey(Control("hold"))
            self._held_for_server = True
        elif not away and self._held_for_server:
            self._obey(Control("resume"))
            self._held_for_server = False
        if cause is not None:
            self._end("failed", cause)
            self._finish(0.0, note)

    def _enter(self, phase: PhaseName, note: str = "") -> None:
        if self._fold.ramp_started is None or self._fold.phase != phase:
            self._take(Phase(t=self._now(), name=phase, note=note))

    def _obey(self, control: Control) -> None:
        now, name = self._now(), control.name
        if name in ENDING:
            self._take(Controlled(t=now, name=name))
            if self._grace is None:
                self._end("interrupted", "It was interrupted.")
            self._finish(INTERRUPTED_DRAIN_S if name == "drain" else 0.0, "interrupted")
        elif name == "mark":
            self._take(Mark(t=now, label=str(control.value or "")))
        elif name not in STEERING:
            self._take(Controlled(t=now, name=name, value=control.value))
        elif self._grace is None and (steered := self._steering.steer(control, now)):
            self._take(steered)

    def _end(self, state: RunState, cause: str | None) -> None:
        if self._ended_by[0] == "done":
            self._ended_by = state, cause

    def _finish(self, grace: float, note: str) -> None:
        """Drain; a second call with less grace ends the first one's."""
        if self._grace is not None and grace >= self._grace:
            return
        self._grace = grace
        self._enter("drain", note)
        self._pool.finish(grace)

    def _take(self, event: AnyEvent | Event) -> None:
        self._fold.apply(event)  # type: ignore[arg-type]
        self._first_replies.take(event)
        if self._quota is not None:
            self._quota.take(event)
        self._pending.append(event)

    def _publish(self, *, sample: bool) -> None:
        self._snapshot = picture(self._fold)
        if sample:
            self._pending.append(self._snapshot.sample)
        events, self._pending = self._pending, []
        self._recorder.append(events)

    def _save(self) -> None:
        """Write what is left, and the summary; the run's last sample is its state at the end."""
        self._enter("done")
        self._publish(sample=True)
        self._recorder.close()
        summary = summarise(self._fold)
        state, cause = self._ended_by
        if state == "done" and not summary.completed:
            state, cause = "failed", self._first_replies.sentence() or why_no_reply(self._fold)
        self.result = Result(state, cause, summary)
        self._directory.save_summary(summary)
        self._record.state, self._record.cause = state, masked(cause, self._plan.options.redactor)
        self._record.ended = utc_now()
        self._record.gpus = [
            {"index": gpu.index, "name": gpu.name, "mem_total": gpu.mem_total} for gpu in self._snapshot.sample.gpus
        ]
        self._directory.save_record(self._record)
        self._directory.close()
