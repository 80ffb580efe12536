"""What a server really serves: who it is, one short reply, its metrics."""

import asyncio
from collections.abc import Callable

from stress.client.ask import ProbeRequest
from stress.client.chat import one_reply
from stress.client.exchange import Outcome
from stress.client.wire import Endpoint, Messages
from stress.doctor.check import Check
from stress.doctor.machine import USUAL_AGENTS
from stress.engines.identify import ask
from stress.engines.metrics import read_metrics
from stress.engines.mismatches import Wanted
from stress.engines.registry import FAILURES
from stress.errors import NoServerError
from stress.readings import EngineReading
from stress.scenario.library import DEFAULT_SCENARIO, load_scenario
from stress.session.target import CONTEXT_MARGIN, Target, attach
from stress.units import format_bytes

ASKED_TOKENS = 16
SHORT: Messages = [{"role": "user", "content": "Count from one to twenty, in words."}]
REPLY_LIMIT_S = 30.0
"""For the whole reply: a server that takes longer for 16 tokens is busy, or loading its model."""
SLOW_TTFT_S = 5.0

Progress = Callable[[str], None]


def server_checks(url: str, api_key: str | None, model: str | None, progress: Progress) -> tuple[list[Check], bool]:
    """Look at a server.

    Args:
        url: its base URL.
        api_key: sent along as a bearer token.
        model: what the user means to ask for; None: the first that the server lists.
        progress: gets a line for what takes a moment.

    Returns:
        The lines, and whether a chat server answered at all.

    Raises:
        UsageError: the URL or the key is wrong.
    """
    progress("Identifying the server")
    try:
        target = attach(url, _wanted(model), api_key)
    except NoServerError as error:
        return [Check("server", "problem", str(error))], False
    progress(f"Waiting for a reply of {ASKED_TOKENS} tokens, {REPLY_LIMIT_S:g} s at most")
    endpoint = Endpoint(
        base_url=target.served.base_url,
        model=target.model,
        api_key=api_key,
        max_tokens=ASKED_TOKENS,
        temperature=0.0,
    )
    outcome = asyncio.run(one_reply(endpoint, SHORT, REPLY_LIMIT_S, FAILURES))
    return [*identity_checks(target), *reply_checks(outcome), metrics_check(target, api_key)], True


def _wanted(model: str | None) -> Wanted:
    """What `stress ramp` would need, with nothing else said."""
    scenario = load_scenario(DEFAULT_SCENARIO)
    tokens = max(scenario.memory, scenario.reply.max_tokens) + CONTEXT_MARGIN
    return Wanted(model=model, agents=USUAL_AGENTS, tokens=tokens)


def identity_checks(target: Target) -> list[Check]:
    """The engine, what it serves, and whether that is what one believes."""
    identity = target.identity
    if target.adapter is None:
        advice = "`stress engines` lists the supported engines; a gateway may hide the engine behind it."
        engine = Check("engine", "warning", "unknown: stress may not recognise its errors and metrics", advice)
    else:
        version = f" {identity.version}" if identity.version else ", version n/a"
        engine = Check("engine", "ok", f"{target.adapter.title}{version}")
    mismatches = [Check("doubt", "warning", sentence) for sentence in target.notices]
    return [engine, Check("model", "ok", _served(target)), _room(target), *mismatches]


def _served(target: Target) -> str:
    identity = target.identity
    others = len(target.served.models) - 1
    parts = (
        target.model,
        f"actually {identity.model}" if identity.model and identity.model != target.model else None,
        f"{_short(identity.n_params)} parameters" if identity.n_params else None,
        format_bytes(identity.weight_bytes) if identity.weight_bytes else None,
        identity.quantization,
        f"{others} more listed" if others > 0 else "not listed" if others else None,
    )
    return ", ".join(part for part in parts if part)


def _short(parameters: int) -> str:
    return f"{parameters / 1e9:.1f} B" if parameters >= 1e9 else f"{parameters / 1e6:.1f} M"


def _room(target: Target) -> Check:
    identity = target.identity
    context = None if identity.context is None else f"{identity.context:,} tokens of context per request"
    slots = None if identity.slots is None else f"{identity.slots:,} requests at a time"
    tp = None if identity.tp is None else f"tensor parallel over {identity.tp}"
    known = [words for words in (context, slots, tp) if words]
    return Check("room", "ok" if known else "n/a", ", ".join(known) or "context and slots: n/a")


def reply_checks(outcome: Outcome) -> list[Check]:
    """The reply and its first token; whether it came as a stream; whether the server counted its tokens."""
    if outcome.error is not None:
        return [_failed(outcome)]
    if outcome.ttft is None:
        advice = "Ask it for a reply by hand; a chat template that ends at once, or a filter, can cause this."
        return [Check("reply", "warning", "empty: no output tokens", advice)]
    # No rate: over so few tokens it says nothing, the less so where a chunk holds several.
    whole = f"all {outcome.output_tokens} after {(outcome.e2el or 0.0) * 1000:,.0f} ms"
    found = f"first token after {outcome.ttft * 1000:,.0f} ms, {whole}"
    checks = [Check("reply", "ok", found)]
    if outcome.ttft > SLOW_TTFT_S:
        advice = "It is busy, or the first request loads the model: run this again before you measure."
        checks = [Check("reply", "warning", found, advice)]
    if outcome.chunks == 1 and outcome.output_tokens > 2:
        found = f"{outcome.output_tokens} tokens came at once, not as a stream: TTFT is the time of the whole reply"
        advice = "A buffering proxy can cause this (nginx: proxy_buffering off)."
        checks.append(Check("stream", "warning", found, advice))
    return [*checks, _usage(outcome)]


def _failed(outcome: Outcome) -> Check:
    if outcome.error == "timeout" and outcome.detail == "cancelled by us":
        came = f"{outcome.chunks} chunks" if outcome.chunks else "no token"
        found = f"timeout: {came} within {REPLY_LIMIT_S:g} s"
    else:
        found = f"{outcome.error}: {outcome.detail}"
    return Check("reply", "problem", found, "Check the server's log, and --model.")


def _usage(outcome: Outcome) -> Check:
    if not outcome.usage:
        found = "not reported: stress counts chunks as output tokens, and a chunk can hold several"
        advice = "Use a version that supports stream_options.include_usage, or read the figures as a lower bound."
        return Check("usage", "warning", found, advice)
    prompt = "n/a" if outcome.prompt_tokens is None else f"{outcome.prompt_tokens:,}"
    cached = "n/a" if outcome.cached_tokens is None else f"{outcome.cached_tokens:,}"
    return Check("usage", "ok", f"reported: {prompt} prompt tokens, {cached} of them cached")


def metrics_check(target: Target, api_key: str | None) -> Check:
    """Can the engine's own view be read?"""
    adapter = target.adapter
    if adapter is not None and adapter.metrics is None:
        return Check("metrics", "n/a", f"{adapter.title} has no metrics page")
    path = adapter.metrics_path if adapter else "/metrics"
    answer = ask(target.served.base_url, api_key, target.model, [ProbeRequest(path)])[path]
    return check_page(path, answer.status, answer.text, target)


def check_page(path: str, status: int, text: str, target: Target) -> Check:
    """What the page says: pure."""
    how = (target.adapter and target.adapter.metrics_hint) or "start the server with metrics enabled"
    advice = f"{how[0].upper()}{how[1:]}: then the screen shows the engine's queue, batch and KV cache."
    if not text:
        why = f"answers {status}" if status else "does not answer"
        return Check("metrics", "warning", f"{path} {why}", advice)
    try:
        reading, _ = read_metrics(text, None, 0.0, target.adapter.metrics if target.adapter else None)
    except ValueError:
        return Check("metrics", "warning", f"{path} is not a page of Prometheus metrics", advice)
    if reading == EngineReading():
        return Check("metrics", "warning", f"{path} has no metrics that stress knows", advice)
    kv = "n/a" if reading.kv_usage is None else f"{reading.kv_usage:.0%}"
    running, waiting = (("n/a" if count is None else f"{count:,}") for count in (reading.running, reading.waiting))
    return Check("metrics", "ok", f"{path}: {running} running, {waiting} waiting, KV cache {kv}")
