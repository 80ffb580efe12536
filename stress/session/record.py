"""What `run.json` says of a run before it starts: the command as resolved, the versions, the machine."""

import os
import platform
import shlex
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec
import psutil

from stress import __version__
from stress.fold.agent_view import CastAbout, Role
from stress.fold.snapshot import About, Plan
from stress.privacy.private_text import hosts_in, without_secrets
from stress.privacy.redactor import Redactor, masked
from stress.runs.directory import RunRecord
from stress.runs.naming import RecordedTarget, TargetName, has_random_weights, name_target
from stress.scenario.cast import Cast
from stress.scenario.topology import parse_topology
from stress.session.plan import RunPlan

_LIBRARIES = ("aiohttp", "openai", "uvloop", "xllamacpp", "textual", "nvidia-ml-py")


def utc_now() -> str:
    """The time as run.json writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def about(plan: RunPlan) -> About:
    """What the viewers say of the run."""
    name = _name(plan)
    return About(
        command=without_secrets(shlex.join(["stress", *plan.options.argv])),
        target=without_secrets(plan.target.words),
        model=plan.endpoint.model,
        name=name.full,
        short_name=name.short,
        random_weights=has_random_weights(plan.target.facts),
        scenario=plan.scenario.title,
        plan=_plan(plan),
        notices=plan.notices,
        slots=plan.target.identity.slots,
        tp=plan.target.identity.tp,
        work=plan.target.work,
        ghost=plan.ghost,
        burst=None if plan.burst is None else msgspec.structs.replace(plan.burst, prompts=()),
        remote=not plan.engine_is_local,
        price=plan.options.price,
        cast=None if plan.burst is not None else _cast(plan),
    )


def _name(plan: RunPlan) -> TargetName:
    """What viewers call the target: as the user wants it, else what it is known by."""
    if plan.name is not None:
        return plan.name
    if given := plan.options.name:
        return TargetName(full=given, short=given)
    target = plan.target
    return name_target(RecordedTarget(facts=_clean(target.facts), model=plan.endpoint.model, work=target.work))


def _cast(plan: RunPlan) -> CastAbout:
    """Who plays what, as the workers will cast it."""
    topology = parse_topology(plan.scenario.topology)
    cast = Cast(plan.scenario, topology, plan.seed)
    lead = plan.scenario.lead
    return CastAbout(
        personas=tuple(Role(persona.name, persona.who) for persona in cast.order),
        lead=None if lead is None else Role(lead.name, lead.who),
        lead_every=topology.lead_every,
    )


def _plan(plan: RunPlan) -> Plan:
    ramp, burst = plan.ramp, plan.burst
    if burst is None:
        return Plan(points=ramp.outline(), duration=ramp.duration, text=ramp.describe())
    return Plan(points=((0.0, burst.concurrency),), duration=0.0, text=burst.describe())


def describe_run(plan: RunPlan) -> RunRecord:
    """The record of a run that is about to start. The key is in none of its fields."""
    endpoint = msgspec.to_builtins(plan.endpoint)
    endpoint.pop("api_key", None)
    if plan.options.redactor is not None:
        plan.options.redactor.learn(hosts_in(plan.endpoint.base_url))
    endpoint["base_url"] = without_secrets(endpoint["base_url"])
    return RunRecord(
        command=plan.options.command,
        argv=masked([without_secrets(word) for word in plan.options.argv], plan.options.redactor),
        state="running",
        started=utc_now(),
        label=masked(plan.options.label, plan.options.redactor),
        metadata=plan.options.metadata,
        options=_shown(plan.options.given(), plan.options.redactor),
        seed=plan.seed,
        scenario={"name": plan.scenario.name, **plan.scenario.model_dump(by_alias=True)},
        ramp={"text": _plan(plan).text, **({} if plan.burst else asdict(plan.ramp))},
        request=endpoint,
        target=_clean(plan.target.facts)
        | {"budget_tokens": plan.budget, "max_rate": plan.options.max_rate, "client": plan.options.client}
        | {"give_up_s": plan.options.give_up}
        | {"gpu_metrics": [without_secrets(url) for url in plan.gpu_metrics]},
        about=masked(about(plan), plan.options.redactor),
        versions={"agent-stress": __version__, "python": platform.python_version(), **_versions()},
        host=_host(),
    )


def _shown(thing: Any, redactor: Redactor | None) -> Any:
    """Plain data with no secret in its texts, and masked where there is a redactor."""
    if isinstance(thing, str):
        return masked(without_secrets(thing), redactor)
    if isinstance(thing, dict):
        return {name: _shown(value, redactor) for name, value in thing.items()}
    return [_shown(one, redactor) for one in thing] if isinstance(thing, list | tuple) else thing


def _clean(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: without_secrets(fact) if isinstance(fact, str) else fact for name, fact in facts.items()}


def _versions() -> dict[str, str]:
    found = {}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def _host() -> dict[str, object]:
    return {
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
    }


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
