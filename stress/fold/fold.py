"""The one fold: from a run's events to the snapshot that every viewer shows, and to the run's summary.

Live, replay and reports all come through here, so a state that the screen shows is either in an event or
derived from events alone: never from a clock.
"""

import math
from collections import Counter, deque

import msgspec

from stress.events import (
    ABANDONED,
    AnyEvent,
    Controlled,
    Engine,
    Gpu,
    Host,
    Message,
    Phase,
    PhaseName,
    Pulse,
    Request,
    Sample,
    Source,
    Target,
    Trouble,
    WorkerLost,
)
from stress.fold.agent_view import AgentTracker
from stress.fold.burst_progress import Progress, progress
from stress.fold.burst_requests import RequestTracker
from stress.fold.client_load import ClientLoad
from stress.fold.curve import CurveLine
from stress.fold.hardware import HardwareState
from stress.fold.milestones import Milestones
from stress.fold.replies import Replies
from stress.fold.seconds import Seconds
from stress.fold.snapshot import About, Point, Snapshot
from stress.fold.waiting import WaitingLine
from stress.limits.outage import Outage
from stress.ramp import RampClock
from stress.stats.histogram import Histogram
from stress.stats.knee import Knee, find_knee
from stress.stats.window import WINDOW_S, Recent, RecentTimes

TALK_KEPT = 200
FAILURES_KEPT = 20
KNEE_EVERY_S = 5
"""The knee is looked for so often while the ramp goes on."""


class Fold:
    """A run's state, grown event by event in the order of their times."""

    def __init__(self, about: About) -> None:
        self.about = about
        self.t = 0.0
        self.phase: PhaseName = "ramp"
        self.ramp_started: float | None = None
        self.drain_started: float | None = None
        self.replies = Replies()
        self.errors: Counter[str] = Counter()
        self.output_tokens = 0
        self.messages = 0
        self.itl = Histogram()
        self.itl_sum_ms = self.itl_sum_sq_ms2 = 0.0
        self.agents_start: int | None = None
        self.agents_peak = 0
        self.outage = Outage()
        self._seconds = Seconds(self.outage)
        self.per_second = self._seconds.all
        self.hardware = HardwareState(about, self.outage)
        self._milestones = Milestones()
        self._watch = AgentTracker()
        self._knee: Knee | None = None
        self.troubles: deque[Trouble] = deque(maxlen=FAILURES_KEPT)
        self.client = ClientLoad(remote=about.remote)
        self._target = 0
        self._ramp_clock = RampClock()
        self._workers: dict[int, Pulse] = {}
        self._tokens, self._prompt_tokens = Recent(), Recent()
        self._ttft, self._itl = RecentTimes(), RecentTimes()
        self._cells = bytearray()
        self._waiting = WaitingLine()
        self._requests = RequestTracker()
        self._talk: deque[Message] = deque(maxlen=TALK_KEPT)
        self._failures: deque[Request] = deque(maxlen=FAILURES_KEPT)
        self._curve = CurveLine()

    def apply(self, event: AnyEvent) -> None:  # noqa: C901 (a flat table, one line a type of event)
        """Take the event in; a sample is what a fold has made, and adds nothing."""
        if isinstance(event, Sample):
            return
        self.t = max(self.t, event.t)
        match event:
            case Pulse():
                self._pulse(event)
            case Request():
                self._request(event)
            case WorkerLost():
                self._worker_lost(event)
            case Message():
                self.messages += len(event.to)
                self._talk.append(event)
                self._watch.add_message(event)
            case Gpu() | Host() | Engine() | Source():
                self.hardware.add(event)
                if isinstance(event, Host):
                    self.client.see(event)
            case Target():
                self._target = event.agents
                self._milestones.aim(event.t, event.agents)
                self.agents_start = event.agents if self.agents_start is None else self.agents_start
            case Phase():
                self._phase(event)
            case Controlled():
                self._control(event)
            case Trouble():
                self.troubles.append(event)

    def snapshot(self) -> Snapshot:
        """The run as it stands after the newest event."""
        return Snapshot(
            about=self.about,
            sample=self._sample(),
            ramp_started=self.ramp_started,
            ramp_elapsed=self._ramp_clock.elapsed(self.t if self.drain_started is None else self.drain_started),
            held=self._ramp_clock.held,
            cells=bytes(self._cells),
            waiting=self._waiting.now(self.t),
            talk=tuple(self._talk),
            failures=tuple(self._failures),
            troubles=tuple(self.troubles),
            milestones=tuple(self._milestones.newest),
            curve=tuple(self._curve.points),
            at_agents=self.at_agents,
            peak_tok_s=self.peak_tok_s,
            knee=self._knee,
            ttft_shape=self._ttft.shape(self.t),
            itl_shape=self._itl.shape(self.t),
            watched=self._watch.view(self.about.cast),
            progress=self._progress(),
            requests=self._requests.view(),
            host=self.hardware.host,
            host_history=tuple(self.hardware.host_history),
            gpu_history=tuple(tuple(history) for history in self.hardware.gpu_history),
            gpu_fine=tuple(strip.newest() for strip in self.hardware.gpu_strips),
        )

    def watch(self, agent: str | None) -> None:
        """Show this agent in snapshots from now on; None: none."""
        self._watch.look_at(agent, self._talk)

    @property
    def watched(self) -> str | None:
        """The agent that is shown."""
        return self._watch.name

    @property
    def peak_tok_s(self) -> float:
        """Output tokens of the best whole second so far; once the run is done, `best_second`."""
        return self.best_second if self.phase == "done" else self._seconds.best

    @property
    def best_second(self) -> float:
        """Output tokens of the run's best second, if this is its end: never below its average.

        A run begins and ends within a second of the clock. Of a short one, no second may be whole: then none of them
        holds as many tokens as the run had time for, and its own average is the most that it kept up.
        """
        return max(self._seconds.best, self.average_tok_s)

    @property
    def duration(self) -> float:
        """Seconds from the first agent to the last reply."""
        return max(0.0, self.ended - (self.ramp_started or 0.0))

    @property
    def average_tok_s(self) -> float:
        """Output tokens a second over the whole run, of its replies."""
        return self.replies.output_tokens / self.duration if self.duration > 0 else 0.0

    def _sample(self) -> Sample:
        hardware = self.hardware
        tok_s = self._tok_s(self.t)
        return Sample(
            t=round(self.t, 3),
            phase=self.phase,
            window_s=WINDOW_S,
            agents=self._agents(),
            target_agents=self._target,
            in_flight=self._in_flight(),
            tok_s=round(tok_s, 1),
            prompt_tok_s=round(self._prompt_tokens.rate(self.t, self.ramp_started or 0.0), 1),
            output_tokens=self.output_tokens,
            requests=self.replies.completed,
            only_thoughts=self.replies.only_thoughts,
            empty=self.replies.empty,
            messages=self.messages,
            errors=dict(self.errors),
            ttft_ms=self._ttft.percentiles(self.t),
            itl_ms=self._itl.percentiles(self.t),
            gpus=hardware.gpus(self.t),
            engine=hardware.engine(self.t),
            client=self.client.reading(self.t),
            energy=hardware.energy.reading(self.t, tok_s, self.about.price),
            roofline=hardware.bottleneck.roofline,
            verdict=hardware.bottleneck.verdict,
            stale=hardware.freshness.stale(self.t),
        )

    def _progress(self) -> Progress | None:
        if (burst := self.about.burst) is None:
            return None
        found = progress(burst, self.replies, self.output_tokens, self.t - (self.ramp_started or 0.0))
        return msgspec.structs.replace(found, left_s=None) if self.outage.away(self.t) else found

    def _agents(self) -> int:
        return sum(pulse.agents for pulse in self._workers.values())

    def _in_flight(self) -> int:
        return sum(pulse.in_flight for pulse in self._workers.values())

    def _tok_s(self, t: float) -> float:
        return self._tokens.rate(t, self.ramp_started or 0.0)

    def _pulse(self, pulse: Pulse) -> None:
        self._workers[pulse.worker] = pulse
        client = self.client.add(pulse)
        self.outage.add_pulse(pulse)
        self.output_tokens += pulse.tokens
        self.itl.add(pulse.itl)
        self.itl_sum_ms += pulse.itl_sum_ms
        self.itl_sum_sq_ms2 += pulse.itl_sum_sq_ms2
        self._tokens.add(pulse.t, pulse.tokens)
        self._ttft.add(pulse.t, pulse.ttft)
        self._itl.add(pulse.t, pulse.itl)
        agents = self._agents()
        self.agents_peak = max(self.agents_peak, agents)
        second = math.floor(pulse.t)
        if second not in self.per_second and second % KNEE_EVERY_S == 0 and self.drain_started is None:
            self._knee = find_knee(self.ramp_seconds().values())
            self._milestones.knee(self.t, self._knee)
        self._seconds.count(second, agents, pulse.tokens)
        for index, state in pulse.cells:
            if index >= len(self._cells):
                self._cells.extend(bytes(index + 1 - len(self._cells)))
            self._cells[index] = state
        self._waiting.add(pulse.t, pulse.cells)
        if self.about.burst is not None:
            self._requests.add_pulse(pulse)
        if self._curve.is_due(pulse.t):
            self._curve.add(Point(t=pulse.t, tok_s=self._tok_s(pulse.t), agents=agents, target=self._target))
        if self.ramp_started is not None and self.drain_started is None and self.outage.began is None:
            self._milestones.look(pulse.t, agents, self.peak_tok_s, self.output_tokens)
        self.hardware.pulse(pulse, agents, self._in_flight(), client, self.per_second)

    def ramp_seconds(self) -> dict[int, tuple[int, float]]:
        """As `per_second`, of the ramp's whole seconds in order: not of its first and last, nor while it drains.

        Seconds in which the server was away are left out.
        """
        return self._seconds.between(*self._loaded)

    @property
    def at_agents(self) -> tuple[tuple[int, float], ...]:
        """(agents, output tokens a second with so many), a mean over the ramp's whole seconds so far."""
        return self._seconds.at_agents(*self._loaded)

    @property
    def _loaded(self) -> tuple[float, float]:
        """From when and until when the ramp has put load on the server so far."""
        return self.ramp_started or 0.0, self.t if self.drain_started is None else self.drain_started

    @property
    def ended(self) -> float:
        """When the last request ended; of a server that went away for good: when it went."""
        last = max(self.replies.ended, default=self.t)
        return last if self.outage.began is None else min(last, self.outage.began)

    def _request(self, request: Request) -> None:
        self.replies.add(request)
        self.outage.add_request(request)
        self._watch.add_request(request)
        if self.about.burst is not None:
            self._requests.add_request(request)
        self.hardware.bottleneck.add_request(request)
        if request.error is None:
            self._prompt_tokens.add(request.t, request.prompt_tokens or 0)
        elif request.error != ABANDONED:
            self.errors[request.error] += 1
            self._failures.append(request)

    def _worker_lost(self, event: WorkerLost) -> None:
        """What it had begun will never be reported: it has failed. The death of one without agents is no error."""
        last = self._workers.pop(event.worker, None)
        self.client.lose(event.worker)
        in_flight = last.in_flight if last is not None else 0
        lost = in_flight if event.requests is None else event.requests
        self.replies.failed += lost
        if lost or event.agents:
            self.errors["worker_lost"] += max(1, lost)

    def _phase(self, event: Phase) -> None:
        self.phase = event.name
        if self.ramp_started is None:
            self.ramp_started = self._ramp_clock.started = event.t
            self.hardware.begin(event.t)
        if event.name == "drain":
            self.drain_started = event.t
            self.hardware.drain()

    def _control(self, event: Controlled) -> None:
        if event.name in ("hold", "resume"):
            self._ramp_clock.hold(event.name == "hold", event.t)
        elif event.name == "next_stage" and isinstance(event.value, float | int):
            self._ramp_clock.skip(event.value)
        elif event.name == "agents" and isinstance(event.value, int):
            self._milestones.ask(event.t, event.value)
