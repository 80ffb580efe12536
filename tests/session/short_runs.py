"""Short real runs: a session with its worker process, against a server that the test gives."""

import asyncio
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

from town import make_scenario

from stress.client.probe import Served
from stress.client.wire import Endpoint
from stress.engines.adapter import Identity
from stress.ramp import Ramp, parse_ramp
from stress.runs.directory import create_directory
from stress.session.options import RunOptions
from stress.session.plan import RunPlan
from stress.session.result import Result
from stress.session.session import Session
from stress.session.target import Target


@dataclass(frozen=True, kw_only=True)
class PlannedOptions(RunOptions):
    """Options whose schedule is given as it is."""

    command: ClassVar[str] = "ramp"

    schedule: Ramp

    @property
    def ramp(self) -> Ramp:
        return self.schedule


def make_target(url: str, **changes: Any) -> Target:
    served = Served(base_url=url, models=("fake-model",), headers={}, raw={})
    fields = {"served": served, "model": "fake-model", "words": url, "name": "fake", "facts": {"url": url}}
    return Target(**fields | {"identity": Identity(), "adapter": None, "notices": ()} | changes)


def make_plan(url: str, agents: str = "2..4", *, topology: str = "ring", **changes: Any) -> RunPlan:
    """A run of about a second and a half; `changes` are fields of the plan, of its target, or of its options."""
    scenario = changes.pop("scenario", None) or make_scenario(topology, patience="0.3s")
    ramp = changes.pop("ramp", None) or parse_ramp(agents, over="1s", hold="0.5s", rate="600")
    parts: dict[type, dict[str, Any]] = {RunPlan: {}, Target: {}, PlannedOptions: {}}
    for name, value in changes.items():
        parts[next(kind for kind in parts if any(one.name == name for one in fields(kind)))][name] = value
    plan = {
        "options": PlannedOptions(schedule=ramp, **{"argv": ("ramp",)} | parts[PlannedOptions]),
        "target": make_target(url, **parts[Target]),
        "endpoint": Endpoint(base_url=url, model="fake-model", api_key="sk-secret", max_tokens=50),
        "scenario": scenario,
        "seed": 1,
        "budget": scenario.memory,
    }
    return RunPlan(**plan | parts[RunPlan])


def start(plan: RunPlan, path: Path) -> Session:
    session = Session(plan, create_directory(path, "ramp", "test"))
    session.start()
    return session


async def finish(session: Session) -> Result:
    """Wait for the run's end without standing in the way of a server in this loop."""
    await asyncio.to_thread(session.wait)
    assert session.result is not None
    return session.result
