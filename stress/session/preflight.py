"""From what the user asked for to a run that can start: find the server, or start one, and see what it serves."""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from stress.client.wire import Endpoint
from stress.engines.launching import machine_gpus
from stress.engines.mismatches import Wanted
from stress.errors import UsageError
from stress.runs.playback import ghost_of
from stress.runs.recording import Recording
from stress.scenario.library import DEFAULT_SCENARIO, load_scenario
from stress.scenario.model import Scenario
from stress.session.calibration import calibrated
from stress.session.open_files import check_open_files
from stress.session.options import RunOptions
from stress.session.plan import EngineTraces, RunPlan
from stress.session.target import CONTEXT_MARGIN, Target, Where, find_target, is_here
from stress.swarm.burst import burst_scenario
from stress.telemetry.dcgm import check_gpu_metrics
from stress.telemetry.engine_processes import Roots, listeners

BURST_TEMPERATURE = 0.8


def prepare(options: RunOptions, say: Callable[[str], None], progress: Callable[[str], None]) -> RunPlan:
    """The plan of a run against a server that is up.

    Args:
        options: what the user asked for.
        say: gets a line for what takes long.
        progress: gets a line for how far it is, in place of the one before.

    Raises:
        UsageError: an option or the scenario is wrong.
        NoServerError: the server or a DCGM exporter does not answer, or the engine would not start.
    """
    prepared = preflight(options)
    target = find_target(prepared.where, prepared.wanted, prepared.scenario, say, progress)
    try:
        return calibrated(plan_run(options, prepared, target))
    except BaseException:
        if target.engine is not None:
            target.engine.stop()
        raise


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What is settled before there is a target."""

    scenario: Scenario
    where: Where
    wanted: Wanted
    gpu_metrics: tuple[str, ...]


def preflight(options: RunOptions) -> Preflight:
    """Check what can be checked before anything is started.

    Raises:
        UsageError: an option or the scenario is wrong.
        NoServerError: a DCGM exporter does not answer.
    """
    if options.restart_engine and options.url:
        raise UsageError("--restart-engine needs an engine that stress starts; give --engine instead of --url.")
    check_open_files(options.ramp.peak, options.workers)
    scenario = _scenario(options)
    prompt = (options.burst and options.burst.prompt_tokens) or 0
    wanted = Wanted(
        model=options.model,
        agents=options.ramp.peak,
        tokens=max(scenario.memory, scenario.reply.max_tokens + prompt) + CONTEXT_MARGIN,
    )
    where = Where(url=options.url, engine=options.engine, api_key=read_api_key(options.api_key_env))
    gpu_metrics = check_gpu_metrics(options.gpu_metrics)
    return Preflight(scenario=scenario, where=where, wanted=wanted, gpu_metrics=gpu_metrics)


def plan_run(options: RunOptions, prepared: Preflight, target: Target) -> RunPlan:
    """The plan of a run against this target."""
    scenario = prepared.scenario
    endpoint = Endpoint(
        base_url=target.served.base_url,
        model=target.model,
        api_key=prepared.where.api_key,
        max_tokens=scenario.reply.max_tokens,
        temperature=scenario.reply.temperature,
        ignore_eos=scenario.reply.ignore_eos,
        extra_body=options.extra_body,
    )
    local = is_here(target.served)
    context = target.identity.context
    room = None if context is None else max(0, context - CONTEXT_MARGIN)
    return RunPlan(
        options=options,
        scenario=scenario,
        target=target,
        endpoint=endpoint,
        seed=random.randrange(2**31) if options.seed is None else options.seed,
        budget=scenario.memory if room is None else min(scenario.memory, room),
        burst=options.burst,
        notices=(*target.notices, *_price_notice(options, local=local)),
        engine_is_local=local,
        traces=_traces(target) if local else None,
        gpu_metrics=prepared.gpu_metrics,
        ghost=ghost_of(Recording(options.ghost)) if options.ghost else None,
    )


def _price_notice(options: RunOptions, *, local: bool) -> tuple[str, ...]:
    """A price counts GPUs, and here none will be seen."""
    if options.price is None or options.gpu_metrics or (local and machine_gpus()):
        return ()
    return ("--price has no GPU to count on this machine; name a DCGM exporter with --gpu-metrics.",)


def _traces(target: Target) -> EngineTraces:
    """How the engine on this machine is found: we started it, or it listens on the URL's port."""
    engine = target.engine
    if engine is None:
        port = urlsplit(target.served.base_url).port or 80
        return EngineTraces(roots=Roots(lambda: listeners(port)))
    return EngineTraces(
        roots=lambda: {engine.pid}, devices=engine.devices, on_cpu=engine.gpus_before is None, before=engine.gpus_before
    )


def _scenario(options: RunOptions) -> Scenario:
    """The conversation, with what the options change in it."""
    if options.burst is None:
        scenario = load_scenario(options.scenario or DEFAULT_SCENARIO)
    else:
        scenario = burst_scenario(options.burst.tokens, BURST_TEMPERATURE, ignore_eos=True)
    asked = {
        "max_tokens": options.max_tokens,
        "temperature": options.temperature,
        "ignore_eos": options.ignore_eos or None,
    }
    reply = scenario.reply.model_copy(update={name: value for name, value in asked.items() if value is not None})
    return scenario.model_copy(update={"reply": reply})


def read_api_key(variable: str | None) -> str | None:
    """The key from `--api-key-env`'s variable, or OPENAI_API_KEY; None if there is none.

    Raises:
        UsageError: the variable that was named is not set.
    """
    key = os.environ.get(variable or "OPENAI_API_KEY")
    if variable and not key:
        raise UsageError(f"--api-key-env names {variable}, which is not set; export it, or leave the option out.")
    return key or None
