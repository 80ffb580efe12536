"""A run as resolved: everything that the command line, the scenario and the server have decided together."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from stress.client.exchange import ClientName
from stress.client.wire import Endpoint
from stress.engines.adapter import Adapter
from stress.fold.ghost import Ghost
from stress.limits.roofline import DecodeCost
from stress.privacy.redactor import Redactor
from stress.ramp import Ramp
from stress.scenario.model import Scenario
from stress.swarm.burst import GUESSED, WordCount
from stress.telemetry.machine_gpu import MachineGpu

GIVE_UP_S = 10.0
"""A server that refuses every connection for so long ends the run."""


class Engine(Protocol):
    """An engine that we started ourselves (`stress.engines.supervisor.EngineProcess`)."""

    def alive(self) -> bool:
        """It still runs."""
        ...

    def death(self) -> str | None:
        """Why it died, in a sentence; null while it runs."""
        ...

    @property
    def troubles(self) -> list[tuple[str, str]]:
        """What its log has told to be wrong: names and lines."""
        ...

    def log_to(self, path: Path) -> None:
        """Write its log to this file."""
        ...

    def restart(self, progress: Callable[[str], None]) -> None:
        """Start it again after it died, and wait until it serves; NoServerError if it does not."""
        ...

    def stop(self) -> None:
        """End it; harmless if it has ended."""
        ...


@dataclass(frozen=True, kw_only=True)
class EngineTraces:
    """How an engine on this machine is told from everything else that runs here."""

    roots: Callable[[], set[int]]
    """The processes that its others descend from, at this moment."""
    devices: tuple[str, ...] | None = None
    """The UUIDs of the GPUs that it was shown; null: all, or not known."""
    on_cpu: bool = False
    """It computes on no GPU."""
    before: tuple[MachineGpu, ...] | None = None
    """The GPUs as they were before it was started; null: somebody else started it."""


@dataclass(frozen=True, kw_only=True)
class BurstPlan:
    """A fixed number of independent requests, as fast as they go."""

    requests: int
    tokens: int
    """Of each reply: its `max_tokens`."""
    concurrency: int
    """Requests at a time."""
    prompt_tokens: int
    """Of each prompt, about."""
    count: WordCount = GUESSED
    """How the server counts a prompt's words."""
    prompts: tuple[str, ...] = ()
    """Prompts of the user's own, in place of made ones."""


@dataclass(frozen=True, kw_only=True)
class RunPlan:
    """What a session is to do."""

    command: str
    argv: list[str]
    endpoint: Endpoint
    """Where requests go and what each asks for."""
    target: str
    """The target in words, for people."""
    target_name: str
    """The target in a word, for the run's directory."""
    target_facts: dict[str, Any]
    """What the server says of itself, for `run.json`."""
    scenario: Scenario
    scenario_name: str
    ramp: Ramp
    seed: int
    budget: int
    """Tokens of conversation that an agent remembers."""
    max_rate: float | None = None
    label: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    out: Path | None = None
    notices: tuple[str, ...] = ()
    engine: Engine | None = None
    """The engine that we started for this run."""
    restart_engine: bool = False
    """Start it again if it dies."""
    adapter: Adapter | None = None
    """The server's engine, ours or not; null if we do not know it."""
    slots: int | None = None
    """Requests that the engine answers at the same time; null: it does not say."""
    tp: int | None = None
    """GPUs that share each layer; null: it does not say."""
    work: DecodeCost | None = None
    """What a decode step of the model must do; null: not known."""
    engine_is_local: bool = False
    """The server runs on this machine and needs its cores."""
    ghost: Ghost | None = None
    """A recorded run to be shown beside this one."""
    burst: BurstPlan | None = None
    """Null: the agents converse until the ramp is over."""
    give_up: float = GIVE_UP_S
    """Seconds of nothing but refused connections that end the run."""
    traces: EngineTraces | None = None
    """Null: the server runs elsewhere."""
    gpu_metrics: tuple[str, ...] = ()
    """Where a DCGM exporter tells of the GPUs; none: this machine's."""
    price: float | None = None
    """Of a GPU for an hour, in any currency."""
    workers: int | None = None
    """Load workers; null: as many as it takes."""
    client: ClientName = "fast"
    redactor: Redactor | None = None
    """Hides what is private from the record's shown fields; null: nothing is hidden."""
