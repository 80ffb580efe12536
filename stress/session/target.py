"""Where the load goes: a server that is up, or an engine that we start; who it is, and whether to believe it."""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from stress.client.probe import Served, probe
from stress.client.proxy import is_this_machine, proxy_for
from stress.engines.adapter import Adapter, EngineSpec, Identity
from stress.engines.identify import identify
from stress.engines.launching import launch_engine, machine_gpus
from stress.engines.mismatches import Wanted, mismatches
from stress.engines.spec import parse_engine
from stress.engines.supervisor import EngineProcess
from stress.errors import UsageError
from stress.limits.decode_cost import decode_cost_of_model
from stress.limits.roofline import DecodeCost
from stress.models.signature import random_shape
from stress.privacy.private_text import without_secrets
from stress.scenario.library import corpus
from stress.scenario.model import Scenario
from stress.telemetry.machine_gpu import MachineGpu
from stress.units import format_parameters

CONTEXT_MARGIN = 64
"""Tokens kept free between an agent's memory and the end of a slot's context: chat templates differ."""

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Where:
    """Where the user wants the load to go; None is what they left out."""

    url: str | None = None
    engine: str | None = None
    api_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Target:
    """A server that answers, and what is known of it."""

    served: Served
    model: str
    """The one that requests name."""
    words: str
    """For people."""
    name: str
    """In a word, for the run's directory."""
    identity: Identity
    adapter: Adapter | None
    facts: dict[str, Any]
    """For `run.json`."""
    notices: tuple[str, ...]
    engine: EngineProcess | None = None
    work: DecodeCost | None = None
    """What a decode step of its model must do; None: not known."""


def find_target(where: Where, wanted: Wanted, scenario: Scenario, say: Say, progress: Say) -> Target:
    """The target: `--url`, `--engine`, `OPENAI_BASE_URL`, else the embedded engine, started here.

    Args:
        where: what the user asked for.
        wanted: what the run needs of it.
        scenario: the conversation, whose words the embedded engine speaks.
        say: gets a line for what takes long.
        progress: gets a line for how far it is.

    Raises:
        UsageError: an option is wrong.
        NoServerError: the server does not answer, or the engine would not start.
    """
    if where.url is not None and where.engine is not None:
        raise UsageError("--url and --engine both say where the load goes; give one of the two.")
    url = where.url or (None if where.engine else os.environ.get("OPENAI_BASE_URL"))
    if url:
        return attach(url, wanted, where.api_key)
    adapter, spec = parse_engine(where.engine or "embedded")
    return launch(adapter, spec, where, wanted, scenario, say, progress)


def launch(
    adapter: Adapter, spec: EngineSpec, where: Where, wanted: Wanted, scenario: Scenario, say: Say, progress: Say
) -> Target:
    """An engine that we start.

    Raises:
        UsageError: it cannot be as it was asked for.
        NoServerError: it would not start.
    """
    engine = launch_engine(adapter, spec, corpus(scenario), say, progress)
    try:
        return _launched(engine, adapter, spec, wanted, where)
    except BaseException:
        engine.stop()
        raise


def attach(url: str, wanted: Wanted, api_key: str | None) -> Target:
    """A server that somebody else started.

    Raises:
        UsageError: the URL is wrong.
        NoServerError: no chat server answers there.
    """
    served = probe(url, api_key, wanted.model)
    model = wanted.model or served.models[0]
    adapter, identity = identify(served, api_key, model)
    gpus = machine_gpus() if is_here(served) else []
    shown = without_secrets(served.base_url)
    who = _who(adapter, identity)
    return Target(
        served=served,
        model=model,
        words=f"{shown} · {who}" if who else shown,
        name=urlsplit(shown).netloc,
        identity=identity,
        adapter=adapter,
        work=decode_cost_of_model(identity.model or model, {}, here=is_here(served)),
        facts={
            "url": shown,
            "models": list(served.models),
            "identity": msgspec.to_builtins(identity),
            **_here(identity.model, gpus),
        },
        notices=(*mismatches(wanted, served.models, identity, _gpu_bytes(gpus)), *_proxy_notice(served)),
    )


def _launched(engine: EngineProcess, adapter: Adapter, spec: EngineSpec, wanted: Wanted, where: Where) -> Target:
    served = probe(f"{engine.root}/v1", where.api_key, wanted.model or spec.model)
    model = wanted.model or (served.models[0] if adapter.lists_what_it_serves and served.models else spec.model or "")
    _, identity = identify(served, where.api_key, model, (adapter,))
    ours = {"engine": adapter.name, "version": engine.version, "slots": spec.np, "tp": spec.tp, "context": spec.ctx}
    identity = replace_unknown(identity, **ours)
    believed = wanted if wanted.model else replace(wanted, model=spec.model)
    return Target(
        served=served,
        model=model,
        words=_launch_words(adapter, spec, identity),
        name=spec.name,
        identity=identity,
        adapter=adapter,
        facts={
            "engine": spec.name,
            "url": served.base_url,
            "models": list(served.models),
            "identity": msgspec.to_builtins(identity),
            **asked_facts(spec, engine.gpus_before or ()),
            "launch": list(engine.launch.argv),
            "environment": dict(engine.launch.env),
            "files": dict(engine.launch.files),
        },
        notices=(*adapter.notices(spec), *mismatches(believed, served.models if wanted.model else (), identity)),
        engine=engine,
        work=decode_cost_of_model(spec.model, spec.flags, here=True) if adapter.needs_model else None,
    )


def is_here(served: Served) -> bool:
    """The server is on this machine."""
    return is_this_machine(urlsplit(served.base_url).hostname or "")


def replace_unknown(identity: Identity, **known: Any) -> Identity:
    """The identity with what it leaves open filled in from what we know, having launched it."""
    missing = {name: value for name, value in known.items() if getattr(identity, name) is None}
    return msgspec.structs.replace(identity, **missing)


def _who(adapter: Adapter | None, identity: Identity) -> str:
    """The engine with its version and settings, as far as they are known."""
    if adapter is None:
        return ""
    parts = (
        f"{adapter.title} {identity.version}" if identity.version else adapter.title,
        f"tp={identity.tp}" if identity.tp else "",
        f"{identity.slots} slots" if identity.slots else "",
        f"{identity.context:,} tokens of context" if identity.context else "",
    )
    return ", ".join(filter(None, parts))


def _launch_words(adapter: Adapter, spec: EngineSpec, identity: Identity) -> str:
    common = {"tp": spec.tp, "pp": spec.pp, "np": spec.np, "ctx": spec.ctx, "gpus": "+".join(map(str, spec.gpus))}
    asked = [f"{key}={value}" for key, value in common.items() if value]
    asked += ["dummy"] * spec.dummy + [f"{key}={value}" for key, value in spec.flags.items()]
    more = f" {identity.version}" if identity.version else ""
    if what := adapter.own_model:
        size = f" ({format_parameters(identity.n_params)})" if identity.n_params else ""
        more = f" with {Path(spec.model).name if spec.model else what}{size}"
    return ", ".join([f"{adapter.title}{more}", *asked])


def asked_facts(spec: EngineSpec, gpus: Sequence[MachineGpu]) -> dict[str, Any]:
    """What is known of an engine of ours before it is started: how it was asked for, and what is here for it."""
    return {"asked": {name: value for name, value in asdict(spec).items() if value}, **_here(spec.model, gpus)}


def _here(model: str | None, gpus: Sequence[MachineGpu]) -> dict[str, Any]:
    """This machine's GPUs by name, and the shape of a model of ours with random weights, where they are known."""
    shape = random_shape(model) if model else None
    return {"gpu_names": [gpu.name for gpu in gpus], **({"random_shape": shape} if shape else {})}


def _gpu_bytes(gpus: Sequence[MachineGpu]) -> int | None:
    """The memory in use on these GPUs; None where there are none, or they don't say."""
    used = [gpu.mem_used for gpu in gpus]
    return sum(value for value in used if value is not None) if used and None not in used else None


def _proxy_notice(served: Served) -> tuple[str, ...]:
    proxy = proxy_for(served.base_url)
    if not proxy:
        return ()
    return (f"Requests go through the proxy {without_secrets(proxy)}, so the slower aiohttp carries them.",)
