"""The two sides of a duel as a user writes them, and whether they may run at the same time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from stress.client.proxy import is_this_machine
from stress.duel.lead import SideName
from stress.engines.adapter import Adapter, EngineSpec
from stress.engines.spec import parse_engine
from stress.limits.decode_cost import decode_cost_of_model
from stress.privacy.private_text import without_secrets
from stress.runs.naming import RecordedTarget
from stress.session.target import asked_facts
from stress.telemetry.machine_gpu import MachineGpu


@dataclass(frozen=True, kw_only=True)
class SideSpec:
    """One side as the user wants it."""

    text: str
    """As it was written, without secrets."""
    url: str | None = None
    engine: tuple[Adapter, EngineSpec] | None = None
    """None: the URL's server is somebody else's."""

    @property
    def name(self) -> str:
        """A short name, for the duel's directory."""
        return self.engine[1].name if self.engine else urlsplit(self.text).netloc

    def target(self, gpus: Sequence[MachineGpu] = ()) -> RecordedTarget:
        """What is known of the server before it is started or asked; `gpus` are this machine's."""
        if self.engine is None:
            return RecordedTarget(facts={"url": self.text}, model="")
        adapter, spec = self.engine
        work = decode_cost_of_model(spec.model, spec.flags, here=True) if adapter.needs_model else None
        facts = {"engine": spec.name, **asked_facts(spec, gpus)}
        return RecordedTarget(facts=facts, model=spec.model or "", work=work)

    @property
    def host(self) -> str | None:
        """The machine it runs on; None: this one."""
        host = urlsplit(self.url).hostname if self.url else None
        return None if host is None or is_this_machine(host) else host

    @property
    def gpus(self) -> frozenset[int]:
        """The GPUs that it was given; empty: it did not say."""
        return frozenset(self.engine[1].gpus) if self.engine else frozenset()


def parse_side(text: str) -> SideSpec:
    """The side that this names: an ENGINE, or a server's URL.

    Raises:
        UsageError: it is neither.
    """
    if text.startswith(("http://", "https://")):
        return SideSpec(text=without_secrets(text), url=text)
    return SideSpec(text=text, engine=parse_engine(text))


def own_hardware(left: SideSpec, right: SideSpec) -> bool:
    """Both can run at once: on machines of their own, or on this one with GPUs of their own (`gpus=`).

    Engines that share GPUs, or a CPU, would slow each other down: they take turns.
    """
    if left.host is not None or right.host is not None:
        return left.host != right.host
    return bool(left.gpus) and bool(right.gpus) and not left.gpus & right.gpus


def turns(rounds: int) -> Iterator[tuple[SideName, SideName]]:
    """Who begins in each round: left, right, right, left …, so that a drift of the machine favours neither."""
    for number in range(rounds):
        yield ("left", "right") if number % 2 == 0 else ("right", "left")
