"""The options of every kind of run, declared once: for the command line, for scripts, and for `run.json`."""

import random
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from stress.ramp import BurstPlan, Ramp, constant, parse_ramp
from stress.session import option_values as values
from stress.session.declare import Options, argument, option

if TYPE_CHECKING:  # `stress --help` reads this module, and has no time for that one
    from stress.privacy.redactor import Redactor

ClientName = Literal["fast", "openai"]
DEFAULT_REQUESTS = 50


@dataclass(frozen=True, kw_only=True)
class TargetOptions(Options):
    """A server."""

    url: str | None = option("Target", "Base URL of an OpenAI-compatible server, with or without /v1.", "URL")
    model: str | None = option("Target", "Model to request. [default: the first that the server lists]", "NAME")
    api_key_env: str | None = option("Target", "Variable that holds the API key. [default: OPENAI_API_KEY]", "NAME")


@dataclass(frozen=True, kw_only=True)
class SafeOptions(Options):
    """Whether what is private may be seen."""

    streamer_safe: bool = option(
        "Screen",
        "Hide keys, home paths, host and user names, and addresses. The key S turns it off and on.",
        None,
        False,
    )

    @property
    def redactor(self) -> "Redactor | None":
        """What hides what is private, from viewers and in what the record shows."""
        from stress.privacy.own_facts import own_redactor

        return own_redactor(self.streamer_safe)


@dataclass(frozen=True, kw_only=True)
class RunOptions(TargetOptions, SafeOptions):
    """What the user asked for that all kinds of runs share."""

    command: ClassVar[str]

    engine: str | None = option(
        "Target",
        "Engine to start and stop: NAME[:MODEL][,key=value…], such as vllm:DIR,tp=2. See `stress engines`.",
        "ENGINE",
    )
    restart_engine: bool = option("Target", "Restart the engine if it dies, then continue the run.", None, False)
    temperature: float | None = option("Load", "Sampling temperature. [default: the scenario's]", "X", min=0.0)
    seed: int | None = option(
        "Load", "Seed for personas, topology and prompts. It is not sent to the engine.", "N", min=0
    )
    extra_body: dict[str, Any] = option("Advanced", "Fields to add to every request.", "JSON", parse=values.extra_body)
    gpu_metrics: tuple[str, ...] = option(
        "Advanced",
        "DCGM exporter or `stress telemetry serve` on the machine with the GPUs. Repeatable.",
        "URL",
        shell=list[str] | None,
        parse=values.several,
    )
    give_up: float = option(
        "Advanced",
        "End the run after the server has sent nothing but errors, or refused every connection, for this long.",
        "TIME",
        "10s",
        parse=values.give_up,
    )
    price: float | None = option(
        "Advanced",
        "GPU price per hour; adds cost per million output tokens.",
        "P",
        shell=float | None,
        parse=values.price,
    )
    workers: int | None = option(
        "Advanced",
        "Processes that generate the load; auto adds more as needed.",
        "auto|N",
        "auto",
        parse=values.workers,
    )
    client: ClientName = option(
        "Advanced",
        "Client that sends the requests: ours, or the openai SDK.",
        "fast|openai",
        "fast",
        parse=values.client,
    )
    out: Path | None = option(
        "Output", "Directory for the record. [default: runs/<time>-<command>-<target>]", "DIR", parse=values.path
    )
    label: str | None = option("Output", "Name for this run's directory.", "TEXT")
    metadata: dict[str, str] = option(
        "Output", "Note to keep in run.json. Repeatable.", "K=V", shell=list[str] | None, parse=values.metadata
    )

    name: str | None = option("Screen", "Name that viewers see. [default: engine, model and size]", "TEXT")

    argv: tuple[str, ...] = ()
    """The command line, for the record."""

    # What only a conversation is asked for; a burst has these values.
    scenario: str | None = None
    max_tokens: int | None = None
    ignore_eos: bool = False
    max_rate: float | None = None
    ghost: Path | None = None

    @property
    def ramp(self) -> Ramp:
        """How many agents there are at which time."""
        raise NotImplementedError

    @property
    def burst(self) -> BurstPlan | None:
        """A fixed number of independent requests; None: a conversation that follows the ramp."""
        return None


@dataclass(frozen=True, kw_only=True)
class RampOptions(RunOptions):
    """A conversation that grows on a schedule."""

    command: ClassVar[str] = "ramp"

    agents: str | None = option("Load", "Agents at the start and at the end, or one number. [default: 6..200]", "A..B")
    over: str | None = option("Load", "Ramp duration. [default: 2m]", "TIME")
    hold: str | None = option("Load", "How long to stay at the final size. [default: 30s]", "TIME")
    shape: str | None = option("Load", "Shape of the ramp. [default: linear]", "linear|exp|steps:N")
    stages: str | None = option(
        "Load", 'Whole schedule, such as "6@30s,50@2m,200@5m,200@1m". Replaces --over, --hold and --shape.', "N@TIME,…"
    )
    rate: str | None = option(
        "Load", "Messages per minute per agent; R..S grows with the ramp. [default: as fast as replies come]", "R[..S]"
    )
    max_rate: float | None = option(
        "Load", "Cap on messages per second, for the whole swarm.", "R", shell=float | None, parse=values.max_rate
    )
    scenario: str | None = option("Load", "What the agents talk about. See `stress scenarios`.", "NAME|FILE")
    max_tokens: int | None = option("Load", "Longest reply, in tokens. [default: the scenario's]", "N", min=1)
    ignore_eos: bool = option("Load", "Make every reply --max-tokens long, if the engine supports it.", None, False)
    ghost: Path | None = option(
        "Output", "Recorded run to show beside this one, in step, and to compare it with.", "RUN", parse=values.ghost
    )

    def __post_init__(self) -> None:
        """As RunOptions; the schedule too."""
        super().__post_init__()
        _ = self.ramp

    @cached_property
    def ramp(self) -> Ramp:
        """The schedule of these options."""
        return parse_ramp(
            self.agents, over=self.over, hold=self.hold, shape=self.shape, stages=self.stages, rate=self.rate
        )


@dataclass(frozen=True, kw_only=True)
class BurstOptions(RunOptions):
    """A fixed number of independent requests."""

    command: ClassVar[str] = "burst"

    requests: int | None = option("Load", "Total number of requests. [default: 50]", "N", min=1)
    tokens: int = option(
        "Load", "Tokens per reply; every reply gets this long, if the engine supports it.", "T", 2000, min=1
    )
    concurrency: int | None = option("Load", "Requests in flight at a time. [default: all]", "C", min=1)
    prompt_tokens: int = option(
        "Load", "Tokens per prompt, as the server counts them; no two prompts are the same.", "P", 100, min=0
    )
    prompts: tuple[str, ...] = option(
        "Load",
        "Your own prompts, one per line; 'varied' is a set of 59 that comes with stress.",
        "FILE",
        parse=values.prompts,
    )

    @cached_property
    def burst(self) -> BurstPlan:
        """The requests of these options."""
        count = self.requests or len(self.prompts) or DEFAULT_REQUESTS
        return BurstPlan(
            requests=count,
            tokens=self.tokens,
            concurrency=min(count, self.concurrency or count),
            prompt_tokens=None if self.prompts else self.prompt_tokens,
            prompts=self.prompts,
        )

    @cached_property
    def ramp(self) -> Ramp:
        """As many agents as there are requests at a time, until all have ended."""
        return constant(self.burst.concurrency)


_TARGETS = frozenset(("url", "engine", "restart_engine"))


@dataclass(frozen=True, kw_only=True)
class DuelOptions(RampOptions):
    """The same conversation against two targets."""

    command: ClassVar[str] = "duel"
    hidden: ClassVar[frozenset[str]] = _TARGETS | {"ghost", "name"}

    left: str = argument("LEFT", "First target: an ENGINE to start and stop, or a server's URL.")
    right: str = argument("RIGHT", "Second target, given the same way.")
    runs: int = option("Load", "Runs per side.", "N", 1, min=1, max=100)
    turns: bool = option("Load", "Run one after the other, even where both could run at once.", None, False)
    seed: int = option(
        "Load",
        "Seed for personas, topology and prompts. It is not sent to the engine.",
        "N",
        shell=int | None,
        parse=lambda seed: random.randrange(2**31) if seed is None else seed,
        min=0,
    )
    names: tuple[str, str] | None = option(
        "Screen", "Names that viewers see. [default: what tells the two apart]", '"A,B"', parse=values.names
    )


@dataclass(frozen=True, kw_only=True)
class SweepOptions(BurstOptions):
    """The same requests at several sizes of one engine."""

    command: ClassVar[str] = "sweep"
    hidden: ClassVar[frozenset[str]] = _TARGETS - {"engine"} | {"requests", "concurrency", "prompt_tokens", "name"}

    engine: str = argument("ENGINE", "Engine to start: NAME[:MODEL][,key=value…], such as vllm:DIR.")
    tp: str | None = option("Load", "Tensor parallel sizes to try.", "1,2,4")
    np: str | None = option("Load", "Slot counts to try.", "1,16")
    agents: str | None = option("Load", "Numbers of requests in flight to try. [default: all at once]", "16,64")
    vary: tuple[str, ...] = option(
        "Load",
        "Values to try for any other key of the engine. Repeatable.",
        "KEY=V,V",
        shell=list[str] | None,
        parse=values.several,
    )
    runs: int = option("Load", "Measured runs per size, after a warm-up.", "N", 5, min=1, max=100)
    tokens: int = option("Load", "Tokens per reply.", "T", 256, min=1)
    prompts: tuple[str, ...] = option(
        "Load",
        "Prompts to send, one per line; 'varied' is a set of 59 that comes with stress.",
        "FILE",
        "varied",
        parse=values.prompts,
    )
    seed: int = option("Load", "Seed for the work. It is not sent to the engine.", "N", 0, shell=int, min=0)
    resume: Path | None = option("Output", "Continue an interrupted sweep.", "DIR", parse=values.path)
    json: bool = option("Output", "Print one JSON object, for programs.", None, False)
