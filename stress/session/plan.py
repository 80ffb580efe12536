"""A run as resolved: everything that the command line, the scenario and the server have decided together."""

from collections.abc import Callable
from dataclasses import dataclass

from stress.client.wire import Endpoint
from stress.fold.ghost import Ghost
from stress.ramp import BurstPlan, Ramp
from stress.runs.naming import TargetName
from stress.scenario.model import Scenario
from stress.session.options import RunOptions
from stress.session.target import Target
from stress.telemetry.machine_gpu import MachineGpu


@dataclass(frozen=True, kw_only=True)
class EngineTraces:
    """What sets an engine on this machine apart from everything else that runs here."""

    roots: Callable[[], set[int]]
    """The processes that its others descend from, at this moment."""
    devices: tuple[str, ...] | None = None
    """The UUIDs of the GPUs that it was shown; None: all, or not known."""
    on_cpu: bool = False
    """It computes on no GPU."""
    before: tuple[MachineGpu, ...] | None = None
    """The GPUs as they were before it was started; None: somebody else started it."""


@dataclass(frozen=True, kw_only=True)
class RunPlan:
    """What a session is to do."""

    options: RunOptions
    scenario: Scenario
    """The one of the options, with what they change in it."""
    target: Target
    """The server, and all that is known of it."""
    endpoint: Endpoint
    """Where requests go and what each asks for. It holds the key, so it is never recorded whole."""
    seed: int
    budget: int
    """Tokens of conversation that an agent remembers."""
    burst: BurstPlan | None = None
    """None: the agents converse until the ramp is over."""
    notices: tuple[str, ...] = ()
    """Warnings that viewers should see, one sentence each."""
    name: TargetName | None = None
    """What viewers call the target; None: what it is known by."""
    keep_engine: bool = False
    """The engine that we started outlives this run: whoever made the plan stops it."""
    engine_is_local: bool = False
    """The server runs on this machine and needs its cores."""
    traces: EngineTraces | None = None
    """None: the server runs elsewhere."""
    gpu_metrics: tuple[str, ...] = ()
    """Where a DCGM exporter has the GPUs; none: this machine's."""
    ghost: Ghost | None = None
    """A recorded run to be shown beside this one."""

    @property
    def ramp(self) -> Ramp:
        """How many agents there are at which time."""
        return self.options.ramp
