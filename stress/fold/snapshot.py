"""What every viewer shows: one immutable picture of the run, folded from its events."""

import msgspec

from stress.events import Host, Message, Request, Sample, Trouble
from stress.fold.agent_view import AgentView, CastAbout
from stress.fold.burst_progress import Progress
from stress.fold.ghost import Ghost
from stress.fold.milestones import Milestone
from stress.limits.roofline import DecodeCost
from stress.ramp import BurstPlan
from stress.stats.knee import Knee


class Point(msgspec.Struct, frozen=True):
    """One point of the throughput curve: output tokens a second and the agents that made them."""

    t: float
    tok_s: float
    agents: int
    target: int


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The ramp as planned, for drawing: where it goes and how long it takes."""

    points: tuple[tuple[float, int], ...]
    """(seconds since the ramp's start, agents), enough of them to draw the schedule's shape."""
    duration: float
    text: str
    """The schedule in words, such as `6 → 200 agents over 2:00, held 0:30`."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What does not change during a run: what is under test and how."""

    command: str
    target: str
    """The engine or the server, in words. Says plainly when it is the toy model on the CPU."""
    model: str
    name: str = ""
    """What viewers call the target, such as `vLLM · Llama-3.1-8B · tp=2 · 2×H200`."""
    short_name: str = ""
    """The same in one or two words, for tight places."""
    random_weights: bool = False
    """The model speaks gibberish; False also where that is not known."""
    scenario: str
    plan: Plan
    notices: tuple[str, ...] = ()
    """Warnings that the viewer should see, one sentence each."""
    slots: int | None = None
    """Requests that the engine answers at the same time; None: it does not say."""
    tp: int | None = None
    """GPUs that share each layer; None: it does not say."""
    remote: bool = False
    """The server is on another machine."""
    ghost: Ghost | None = None
    """A recorded run that is shown beside this one; None: none."""
    burst: BurstPlan | None = None
    """A fixed number of independent requests; None: a conversation that follows a ramp."""
    work: DecodeCost | None = None
    """What a decode step of the model must do; None: its shape or precision is not known."""
    cast: CastAbout | None = None
    """Who plays what; None: nobody has a part."""
    price: float | None = None
    """Of a GPU for an hour, in any currency; None: not given."""


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A run as a whole, once it is done."""

    duration: float
    """Seconds from the first agent to the last reply: a burst's total time."""
    sample: Sample
    """Its averages and percentiles in the places of those of the last seconds; GPUs and engine as under load."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The run at one moment: its numbers (`sample`) and what a screen draws beside them."""

    about: About
    sample: Sample
    ramp_started: float | None = None
    """Seconds of the run at which the ramp began; None: it has not yet."""
    ramp_elapsed: float
    """Seconds on the ramp's own clock, which stands still while the ramp is held."""
    held: bool
    """The user holds the ramp."""
    cells: bytes
    """One AgentState a byte, by the agent's index."""
    talk: tuple[Message, ...]
    """The newest messages, oldest first, at most 200."""
    failures: tuple[Request, ...]
    """The newest failed requests, oldest first, at most 20."""
    troubles: tuple[Trouble, ...]
    """What the engine's log has reported to be wrong, oldest first, at most 20."""
    milestones: tuple[Milestone, ...] = ()
    """What was worth a word, the newest last, at most 8."""
    curve: tuple[Point, ...]
    """The whole run's throughput, at most 600 points, oldest first."""
    at_agents: tuple[tuple[int, float], ...] = ()
    """(agents, output tokens a second with so many so far), over the ramp's whole seconds: what
    `stress.stats.equal_load` compares."""
    peak_tok_s: float
    """The best whole second's output tokens."""
    knee: Knee | None = None
    """Where more agents stopped bringing more tokens; None: nowhere yet."""
    ttft_shape: tuple[tuple[int, int], ...] = ()
    """How TTFT was spread over the last window: (bin, replies), see `stress.stats.histogram.Histogram.shape`."""
    itl_shape: tuple[tuple[int, int], ...] = ()
    """Likewise ITL: (bin, gaps)."""
    watched: AgentView | None = None
    """The agent that the viewer looks at."""
    host: Host | None
    host_history: tuple[float, ...]
    """Mean load of the client's cores in percent, newest last, about two a second, at most 240."""
    progress: Progress | None = None
    """How far a burst is; None for a run that follows a ramp."""
    gpu_history: tuple[tuple[float | None, ...], ...]
    """Per GPU its utilisation in percent, newest last, about two a second, at most 240 each."""
    whole: Whole | None = None
    """The run as a whole; None while it goes on."""

    @property
    def on_screen(self) -> "Snapshot":
        """What a screen draws: once the run is done, the whole run in place of its last seconds."""
        return self if self.whole is None else msgspec.structs.replace(self, sample=self.whole.sample)
