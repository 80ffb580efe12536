"""Short real runs: a session with its worker process, against a server that the test gives."""

import asyncio
from pathlib import Path
from typing import Any

from town import make_scenario

from stress.client.wire import Endpoint
from stress.ramp import parse_ramp
from stress.runs.directory import create_directory
from stress.session.plan import RunPlan
from stress.session.result import Result
from stress.session.session import Session


def make_plan(url: str, agents: str = "2..4", *, topology: str = "ring", **changes: Any) -> RunPlan:
    """A run of about a second and a half; `changes` are fields of the plan."""
    scenario = changes.pop("scenario", None) or make_scenario(topology, patience="0.3s")
    fields = {
        "command": "ramp",
        "argv": ["ramp"],
        "endpoint": Endpoint(base_url=url, model="fake-model", api_key="sk-secret", max_tokens=50),
        "target": url,
        "target_name": "fake",
        "target_facts": {"url": url},
        "scenario": scenario,
        "scenario_name": "test",
        "ramp": parse_ramp(agents, over="1s", hold="0.5s", rate="600"),
        "seed": 1,
        "budget": scenario.memory,
    }
    return RunPlan(**fields | changes)


def start(plan: RunPlan, path: Path) -> Session:
    session = Session(plan, create_directory(path, "ramp", "test"))
    session.start()
    return session


async def finish(session: Session) -> Result:
    """Wait for the run's end without standing in the way of a server in this loop."""
    await asyncio.to_thread(session.wait)
    assert session.result is not None
    return session.result
