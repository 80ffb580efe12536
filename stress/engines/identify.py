"""Attach: which engine is at an address, and what does it say of itself?"""

import json
from collections.abc import Iterable

from stress.client.ask import ProbeRequest, ProbeResponse, ask_one
from stress.client.probe import Served
from stress.engines.adapter import Adapter, Identity, ProbeResponses
from stress.engines.registry import ATTACHABLE
from stress.telemetry.timeout import Pages


def identify(
    served: Served, api_key: str | None, model: str | None, among: Iterable[Adapter] = ATTACHABLE
) -> tuple[Adapter | None, Identity]:
    """Ask a server who it is: a handful of small requests, none of which makes it generate.

    Args:
        served: the server, as the probe found it.
        api_key: sent along as a bearer token.
        model: the one that requests will name.
        among: the engines that it may be.

    Returns:
        The engine's adapter, None for one that we do not know; and its identity, as far as it states it.
    """
    adapters = list(among)
    models = ProbeResponse(200, served.headers, json.dumps(served.raw).encode())
    listed = ProbeResponses(models, {}, model, served.base_url)
    # An engine that signs its list of models is asked alone: others would log questions that they do not know.
    signed = [adapter for adapter in adapters if adapter.owners and listed.owned_by(*adapter.owners)]
    probes = {question for adapter in signed or adapters for question in adapter.probes}
    answers = ProbeResponses(models, ask(served.base_url, api_key, model, probes), model, served.base_url)
    for adapter in [*signed, *(adapter for adapter in adapters if adapter not in signed)]:
        identity = adapter.recognise(answers)
        if identity is not None:
            return adapter, identity
    entry = listed.entry
    return None, Identity(model=entry.get("id"), context=entry.get("max_model_len"))


def ask(
    base_url: str, api_key: str | None, model: str | None, probes: Iterable[ProbeRequest]
) -> dict[str, ProbeResponse]:
    """What the server answers to each question, by path; `NO_RESPONSE` where no answer came in time."""
    root = base_url.removesuffix("/v1")
    questions = {question.path: question for question in probes}
    return Pages(lambda path: ask_one(root, api_key, model, questions[path])).get(questions)
