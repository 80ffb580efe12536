"""From what the user asked for to a run that can start: find the server, or start one, and see what it serves."""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from stress.client.exchange import ClientName
from stress.client.probe import Served, probe
from stress.client.proxy import is_loopback, proxy_for
from stress.client.wire import Endpoint
from stress.engines.spec import parse_engine
from stress.errors import UsageError
from stress.ramp import Ramp
from stress.scenario import Scenario, load_scenario
from stress.session.limits import check_open_files
from stress.session.plan import Engine, RunPlan
from stress.session.record import without_userinfo

CONTEXT_MARGIN = 64
"""Tokens kept free between an agent's memory and the end of a slot's context: chat templates differ."""


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What the user asked for, as typed; null is what they left out."""

    command: str
    argv: list[str]
    ramp: Ramp
    scenario: str
    url: str | None = None
    engine: str | None = None
    api_key_env: str | None = None
    model: str | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    ignore_eos: bool | None = None
    seed: int | None = None
    extra_body: dict[str, Any] = field(default_factory=dict)
    max_rate: float | None = None
    workers: int | None = None
    client: ClientName = "fast"
    out: Path | None = None
    label: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A server that answers, and what is known of it."""

    served: Served
    words: str
    name: str
    facts: dict[str, Any]
    context: int | None = None
    """Tokens that one request may have, prompt and reply; null where nobody has said."""
    engine: Engine | None = None


def prepare(options: RunOptions, say: Callable[[str], None]) -> RunPlan:
    """The plan of a run against a server that is up. `say` gets a line for what takes long.

    Raises:
        UsageError: an option or the scenario is wrong.
        NoServerError: the server does not answer, or the engine would not start.
    """
    check_open_files(options.ramp.peak, options.workers)
    scenario = _with_overrides(load_scenario(options.scenario), options)
    key = _api_key(options.api_key_env)
    target = find_target(options, scenario, key, say)
    model = options.model or target.served.models[0]
    endpoint = Endpoint(
        base_url=target.served.base_url,
        model=model,
        api_key=key,
        max_tokens=scenario.reply.max_tokens,
        temperature=scenario.reply.temperature,
        ignore_eos=scenario.reply.ignore_eos,
        seed=options.seed,
        extra_body=options.extra_body,
    )
    room = None if target.context is None else target.context - CONTEXT_MARGIN
    return RunPlan(
        command=options.command,
        argv=options.argv,
        endpoint=endpoint,
        target=target.words,
        target_name=target.name,
        target_facts=target.facts,
        scenario=scenario,
        scenario_name=scenario.name,
        ramp=options.ramp,
        seed=random.randrange(2**31) if options.seed is None else options.seed,
        budget=scenario.memory if room is None else min(scenario.memory, room),
        max_rate=options.max_rate,
        label=options.label,
        metadata=options.metadata,
        out=options.out,
        notices=_notices(options, target),
        engine=target.engine,
        engine_is_local=is_loopback(urlsplit(target.served.base_url).hostname or ""),
        workers=options.workers,
        client=options.client,
    )


def find_target(options: RunOptions, scenario: Scenario, key: str | None, say: Callable[[str], None]) -> Target:
    """Where the load goes: `--url`, `--engine`, `OPENAI_BASE_URL`, else the embedded engine, started here."""
    if options.url is not None and options.engine is not None:
        raise UsageError("--url and --engine both say where the load goes; give one of the two.")
    url = options.url or (None if options.engine else os.environ.get("OPENAI_BASE_URL"))
    if url:
        served = probe(url, key, options.model)
        shown = without_userinfo(served.base_url)
        facts = {"url": shown, "models": list(served.models)}
        return Target(served=served, words=shown, name=urlsplit(shown).netloc, facts=facts)
    return _start_engine(options, scenario, key, say)


def _start_engine(options: RunOptions, scenario: Scenario, key: str | None, say: Callable[[str], None]) -> Target:
    from stress.engines.embedded import start_embedded
    from stress.scenario import corpus

    spec = parse_engine(options.engine or "embedded")
    engine = start_embedded(spec.options, corpus(scenario), say)
    try:
        served = probe(engine.url, key, options.model)
    except BaseException:
        engine.stop()
        raise
    return Target(
        served=served,
        words=engine.describe(),
        name=spec.name,
        facts={"engine": spec.name, "url": engine.url, "models": list(served.models), **engine.facts},
        context=engine.facts["ctx"],
        engine=engine,
    )


def _with_overrides(scenario: Scenario, options: RunOptions) -> Scenario:
    asked = {
        "max_tokens": options.max_tokens,
        "temperature": options.temperature,
        "ignore_eos": options.ignore_eos,
    }
    reply = scenario.reply.model_copy(update={name: value for name, value in asked.items() if value is not None})
    return scenario.model_copy(update={"reply": reply})


def _api_key(variable: str | None) -> str | None:
    key = os.environ.get(variable or "OPENAI_API_KEY")
    if variable and not key:
        raise UsageError(f"--api-key-env names {variable}, which is not set; export it or leave the option out.")
    return key or None


def _notices(options: RunOptions, target: Target) -> tuple[str, ...]:
    """What the viewers should be told before they believe a number."""
    notices = []
    if target.engine is not None:
        notices.append("This is llama.cpp on this machine's CPU with a toy model: its figures say nothing of a GPU.")
    listed = target.served.models
    if options.model and listed and options.model not in listed:
        named = ", ".join(listed[:4])
        notices.append(f"The server lists {named}, not {options.model!r}; it may answer with another model.")
    if proxy := proxy_for(target.served.base_url):
        shown = without_userinfo(proxy)
        notices.append(f"Requests go through the proxy {shown}, so the slower aiohttp carries them.")
    return tuple(notices)
