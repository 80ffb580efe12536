"""The vocabulary of a run: everything that happens is one of these events.

An event is one JSON object on one line of `events.jsonl`: `t` in seconds since the run's start on a
monotonic clock, `type`, and what the type adds. Workers send the same structs to the session as
MessagePack. What could not be read is null, never 0.
"""

from enum import IntEnum
from typing import Any, Literal

import msgspec

from stress.readings import (
    Bottleneck,
    ClientReading,
    EnergyReading,
    EngineReading,
    GpuReading,
    Percentiles,
    RooflineReading,
    SourceName,
)

ABANDONED = "abandoned"
"""The `error` of a request that we gave up ourselves when the run ended: neither a reply nor a failure."""

PhaseName = Literal["ramp", "hold", "drain", "done"]
"""`ramp`: the number of agents follows the schedule; `hold`: it stands; `drain`: replies in flight finish."""

Buckets = dict[int, int]
"""A histogram as DDSketch's bucket keys and their counts (see `stress.stats.histogram`)."""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str.lower):
    """Anything that happened, `t` seconds after the run's start."""

    t: float


class Phase(Event, frozen=True):
    """The run entered a phase; `note` says why, if the schedule alone does not."""

    name: PhaseName
    note: str = ""


class Target(Event, frozen=True):
    """The session asked the swarm for this many agents, at this many messages a minute each (None: no cap)."""

    agents: int
    rate: float | None = None


class AgentState(IntEnum):
    """What an agent is doing: the value in `Pulse.cells` and in `Snapshot.cells`."""

    GONE = 0
    IDLE = 1
    """No mail."""
    THINKING = 2
    """It has mail and is about to write: it waits for its turn under a rate cap, or backs off."""
    WAITING = 3
    """The request is sent, no output has come: queued or in prefill."""
    GENERATING = 4
    FAILED = 5
    """Its last request failed; the state lasts until its next turn."""
    DONE = 6
    """The run is over: in no pulse, only in the last picture."""


class Pulse(Event, frozen=True):
    """What one worker saw since its last pulse, about ten times a second.

    `tokens` are output tokens as they stream, one a chunk; when a reply ends, the difference to the server's
    `usage` is added to that pulse. `ttft` and `itl` are histograms of this interval. `cells` are the agents
    whose state changed, as (agent's index, AgentState).
    """

    worker: int
    agents: int
    in_flight: int
    tokens: int
    ttft: Buckets = {}
    itl: Buckets = {}
    itl_sum_ms: float = 0.0
    itl_sum_sq_ms2: float = 0.0
    cells: tuple[tuple[int, int], ...] = ()
    cpu: float | None = None
    """Share of one core that the worker used, 1.0 being all of it."""
    streamed: tuple[tuple[int, int], ...] = ()
    """Of a burst, about twice a second: for each reply on its way the agent's index and the output chunks so far."""
    lag: Buckets = {}
    """Histogram of how long due timers of the worker had to wait: its event loop's lag."""


class WorkerLost(Event, frozen=True, tag="worker_lost"):
    """A load worker died. Its agents begin anew elsewhere; what it had begun has failed, as `worker_lost`."""

    worker: int
    agents: int
    """How many agents lived there."""
    cause: str
    requests: int | None = None
    """How many it had begun and not reported; None in older records: as many as its last pulse had in flight."""


class Request(Event, frozen=True):
    """One finished or failed request. `t` is its end, `start` when it was sent (for the last time)."""

    id: int
    agent: str
    start: float
    ttft_ms: float | None = None
    tpot_ms: float | None = None
    e2el_ms: float | None = None
    prompt_tokens: int | None = None
    output_tokens: int = 0
    """The server's `usage`; without one, the number of output chunks (`usage` is then false)."""
    cached_tokens: int | None = None
    usage: bool = True
    chunks: int = 0
    finish: str | None = None
    """The server's finish_reason."""
    instead: Literal["thoughts", "nothing"] | None = None
    """What a reply without any text held: thoughts (the model's reasoning) alone, or nothing at all."""
    error: str | None = None
    """A name from `stress.client.failures`, None for a reply."""
    detail: str | None = None
    retries: int = 0
    answers: tuple[int, ...] = ()
    """Ids of the messages that this request's prompt held as mail not answered before."""
    unread: int = 0
    """Messages that did not fit into the prompt's token budget and were dropped."""


class Message(Event, frozen=True):
    """What one agent wrote to others, perhaps nothing. `request` is the id of the request whose reply it is."""

    id: int
    sender: str = msgspec.field(name="from")
    to: tuple[str, ...]
    text: str
    request: int
    thoughts: bool = False
    """The text is what the model thought: it was cut off before it said anything."""


class Gpu(Event, frozen=True):
    """A reading of every GPU."""

    gpus: tuple[GpuReading, ...]


class Host(Event, frozen=True):
    """The machine that runs the client: each core's load in percent, memory in bytes."""

    cores: tuple[float, ...]
    mem_used: int
    mem_total: int
    engine_cpu: float | None = None
    """Cores that the engine's processes use together, here or on its own machine; None: not known."""
    engine_cpu_busiest: float | None = None
    """Cores that the busiest of them uses."""


class Source(Event, frozen=True):
    """Where readings come from in this run (`origin`, in words); None: there is no such source after all."""

    name: SourceName
    origin: str | None


class Trouble(Event, frozen=True):
    """Something is wrong with the engine, as its log or its end shows, or with `whose`: a name, and what says so."""

    name: str
    detail: str

    @property
    def whose(self) -> str:
        """What the trouble is with."""
        return {"gpu_lost": "GPUs", "telemetry": "GPUs", "slow_disk": "disk"}.get(self.name, "engine")


class Engine(Event, frozen=True):
    """A reading of the engine's metrics."""

    reading: EngineReading


class Mark(Event, frozen=True):
    """The user marked this moment."""

    label: str = ""


class Controlled(Event, frozen=True, tag="control"):
    """The user (or a guard) steered: `hold`, `resume`, `agents` (value: the change), `drain`, `stop`.

    `next_stage` has the seconds of the schedule that were passed over. What a viewer did to the screen alone (another
    view, a screenshot) is here as well, under its action's name.
    """

    name: str
    value: int | float | str | None = None


class Sample(Event, frozen=True):
    """The numbers on the screen at one moment: `--ui json`'s line, and two a second in the record.

    Rates (`tok_s`, `prompt_tok_s`) and percentiles are over the last `window_s` seconds. Counts (`output_tokens`,
    `requests`, `messages`, `errors`) are since the run's start.
    """

    phase: PhaseName
    window_s: float
    agents: int
    target_agents: int
    in_flight: int
    tok_s: float
    prompt_tok_s: float
    output_tokens: int
    requests: int
    """Finished with a reply."""
    messages: int
    """Delivered: a message to three agents counts three."""
    errors: dict[str, int]
    ttft_ms: Percentiles
    itl_ms: Percentiles
    gpus: tuple[GpuReading, ...]
    engine: EngineReading
    client: ClientReading
    energy: EnergyReading = EnergyReading()
    roofline: RooflineReading | None = None
    """None where the model's shape or the GPUs are not known."""
    verdict: Bottleneck | None = None
    """What limits the run; None until there is something to judge."""
    stale: dict[SourceName, float] = {}
    """Sources that have given nothing for too long, with the seconds since; what they gave is None here."""
    only_thoughts: int = 0
    """Of the replies, those that held thoughts alone."""
    empty: int = 0
    """Of the replies, those without any text."""


AnyReading = Gpu | Host | Engine | Source
AnyEvent = Phase | Target | Pulse | WorkerLost | Request | Message | AnyReading | Trouble | Mark | Controlled | Sample

_json = msgspec.json.Encoder()
_from_json: msgspec.json.Decoder[Any] = msgspec.json.Decoder(AnyEvent)


def to_line(event: Event) -> bytes:
    """The event as one line of JSON, with its newline."""
    return _json.encode(event) + b"\n"


def from_line(line: bytes) -> AnyEvent:
    """The event that a line of `events.jsonl` holds.

    Raises:
        msgspec.DecodeError: the line is no JSON, or no event of ours (msgspec.ValidationError).
    """
    event: AnyEvent = _from_json.decode(line)
    return event
