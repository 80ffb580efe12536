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

    url: str | None = option("Target", "An OpenAI-compatible server, with or without /v1.", "URL")
    model: str | None = option("Target", "The model to ask for. [default: the first listed]", "NAME")
    api_key_env: str | None = option("Target", "The variable that holds the key. [default: OPENAI_API_KEY]", "NAME")


@dataclass(frozen=True, kw_only=True)
class SafeOptions(Options):
    """Whether what is private may be seen."""

    streamer_safe: bool = option(
        "Screen",
        "Show no keys, home paths, names of hosts and users, nor addresses; on the screen, S turns it off and on.",
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
        "An engine to start and stop: NAME[:MODEL][,key=value…], such as vllm:DIR,tp=2; see `stress engines`.",
        "ENGINE",
    )
    restart_engine: bool = option("Target", "If the engine that we started dies, bring it back and go on.", None, False)
    temperature: float | None = option("Load", "Sampling temperature. [default: the scenario's]", "X", min=0.0)
    seed: int | None = option(
        "Load", "Repeats personas, topology and openers exactly; engines do not get it.", "N", min=0
    )
    extra_body: dict[str, Any] = option("Advanced", "Fields to add to every request.", "JSON", parse=values.extra_body)
    gpu_metrics: tuple[str, ...] = option(
        "Advanced",
        "A DCGM exporter, or `stress telemetry serve`, on the machine with the GPUs; may be repeated.",
        "URL",
        shell=list[str] | None,
        parse=values.several,
    )
    give_up: float = option(
        "Advanced",
        "A server that refuses every connection for so long ends the run.",
        "TIME",
        "10s",
        parse=values.give_up,
    )
    price: float | None = option(
        "Advanced",
        "GPU price per hour; adds the cost of a million output tokens.",
        "P",
        shell=float | None,
        parse=values.price,
    )
    workers: int | None = option(
        "Advanced", "Processes that make the load; auto adds them as needed.", "auto|N", "auto", parse=values.workers
    )
    client: ClientName = option(
        "Advanced", "Who sends the requests: our client, or the openai SDK.", "fast|openai", "fast", parse=values.client
    )
    out: Path | None = option(
        "Output", "Where to record. [default: runs/<time>-<command>-<target>]", "DIR", parse=values.path
    )
    label: str | None = option("Output", "A name for this run.", "TEXT")
    metadata: dict[str, str] = option(
        "Output", "A note in run.json; may be repeated.", "K=V", shell=list[str] | None, parse=values.metadata
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
    over: str | None = option("Load", "Ramp duration, from A to B. [default: 2m]", "TIME")
    hold: str | None = option("Load", "How long the swarm stays at B. [default: 30s]", "TIME")
    shape: str | None = option("Load", "The way from A to B. [default: linear]", "linear|exp|steps:N")
    stages: str | None = option(
        "Load", 'A schedule such as "6@30s,50@2m,200@5m,200@1m", in place of the three.', "N@TIME,…"
    )
    rate: str | None = option(
        "Load", "Messages a minute per agent, growing with the agents. [default: as fast as replies come]", "R[..S]"
    )
    max_rate: float | None = option(
        "Load", "Messages a second, a cap for the whole swarm.", "R", shell=float | None, parse=values.max_rate
    )
    scenario: str | None = option("Load", "What the agents talk about; see `stress scenarios`.", "NAME|FILE")
    max_tokens: int | None = option("Load", "The longest reply. [default: the scenario's]", "N", min=1)
    ignore_eos: bool = option("Load", "Every reply goes on to --max-tokens, where the engine can.", None, False)
    ghost: Path | None = option(
        "Output", "A recorded run, shown beside this one in step with it, and compared.", "RUN", parse=values.ghost
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

    requests: int | None = option("Load", "How many, in all. [default: 50]", "N", min=1)
    tokens: int = option(
        "Load", "Tokens of each reply; every reply goes on to it, where the engine can.", "T", 2000, min=1
    )
    concurrency: int | None = option("Load", "Requests at a time. [default: all]", "C", min=1)
    prompt_tokens: int = option("Load", "Tokens of each prompt, roughly; no two are alike.", "P", 100, min=0)
    prompts: tuple[str, ...] = option(
        "Load",
        "Your own prompts, one a line; 'varied' is a set of 59 that comes with the package.",
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

    left: str = argument("LEFT", "An ENGINE to start and stop, or a server's URL.")
    right: str = argument("RIGHT", "The other one, likewise.")
    runs: int = option("Load", "Runs of each side.", "N", 1, min=1, max=100)
    turns: bool = option("Load", "One after the other, even where both could run at once.", None, False)
    seed: int = option(
        "Load",
        "Repeats personas, topology and openers exactly; engines do not get it.",
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

    engine: str = argument("ENGINE", "NAME[:MODEL][,key=value…], as for --engine.")
    tp: str | None = option("Load", "Tensor parallel sizes to try.", "1,2,4")
    np: str | None = option("Load", "Numbers of slots to try.", "1,16")
    agents: str | None = option("Load", "Requests at a time to try. [default: all at once]", "16,64")
    vary: tuple[str, ...] = option(
        "Load", "Any other key of the engine; may be repeated.", "KEY=V,V", shell=list[str] | None, parse=values.several
    )
    runs: int = option("Load", "Runs of each; a warm-up before.", "N", 5, min=1, max=100)
    tokens: int = option("Load", "Tokens of each reply.", "T", 256, min=1)
    prompts: tuple[str, ...] = option(
        "Load",
        "The work, a prompt a line. [default: 59 that come with the package]",
        "FILE",
        "varied",
        parse=values.prompts,
    )
    seed: int = option("Load", "Repeats the work exactly; engines do not get it.", "N", 0, shell=int, min=0)
    resume: Path | None = option("Output", "Go on with a sweep that was broken off.", "DIR", parse=values.path)
    json: bool = option("Output", "For programs: one JSON object.", None, False)
