"""Attach: which engine is at an address, and what does it say of itself?"""

import json
import time
from collections.abc import Iterable
from http.client import HTTPException
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from stress.client.probe import Served
from stress.client.proxy import proxy_for
from stress.engines.adapter import NOTHING, Adapter, Answer, Answers, Identity, Question
from stress.engines.registry import ATTACHABLE

LARGEST_ANSWER = 4 << 20
TIMEOUT_S = 2.0
"""For all questions together: they are asked at the same time."""


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
        The engine's adapter, null for one that we do not know; and its identity, as far as it states it.
    """
    adapters = list(among)
    models = Answer(200, served.headers, json.dumps(served.raw).encode())
    listed = Answers(models, {}, model, served.base_url)
    # An engine that signs its list of models is asked alone: others would log questions that they do not know.
    signed = [adapter for adapter in adapters if adapter.owners and listed.owned_by(*adapter.owners)]
    questions = {question for adapter in signed or adapters for question in adapter.questions}
    answers = Answers(models, ask(served.base_url, api_key, model, questions), model, served.base_url)
    for adapter in [*signed, *(adapter for adapter in adapters if adapter not in signed)]:
        identity = adapter.recognise(answers)
        if identity is not None:
            return adapter, identity
    entry = listed.entry
    return None, Identity(model=entry.get("id"), context=entry.get("max_model_len"))


def ask(base_url: str, api_key: str | None, model: str | None, questions: Iterable[Question]) -> dict[str, Answer]:
    """What the server answers to each question, by path; `NOTHING` where no answer came in time."""
    root = base_url.removesuffix("/v1")
    answers: dict[str, Answer] = {}

    def put(question: Question) -> None:
        answers[question.path] = ask_one(root, api_key, model, question)

    # Threads that nobody waits for: a server may send its answer a byte at a time.
    asking = [Thread(target=put, args=(question,), daemon=True) for question in set(questions)]
    for thread in asking:
        thread.start()
    deadline = time.monotonic() + TIMEOUT_S
    for thread in asking:
        thread.join(max(0.0, deadline - time.monotonic()))
    return dict(answers)


class _NoRedirects(HTTPRedirectHandler):
    """The probe has been where the server sends us to; urllib would give the key to any host."""

    def redirect_request(self, *_: Any) -> None:
        """Take the redirect for the answer."""


def ask_one(root: str, api_key: str | None, model: str | None, question: Question) -> Answer:
    """The server's answer to one question, asked below its root; `NOTHING` if it gives none in time."""
    url = root + question.path
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    data = None
    if question.body is not None:
        data = question.body.replace("{model}", json.dumps(model or "")[1:-1]).encode()
        headers["Content-Type"] = "application/json"
    proxy = proxy_for(url)
    opener = build_opener(ProxyHandler({url.partition(":")[0]: proxy} if proxy else {}), _NoRedirects())
    try:
        with opener.open(Request(url, data, headers), timeout=TIMEOUT_S) as answer:  # noqa: S310 (http or https)
            return Answer(answer.status, _lower(answer.headers.items()), answer.read(LARGEST_ANSWER))
    except HTTPError as error:
        with error:
            return Answer(error.code, _lower(error.headers.items()), b"")
    except (OSError, ValueError, HTTPException):
        return NOTHING


def _lower(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}
