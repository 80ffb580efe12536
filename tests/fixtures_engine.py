"""A real llama.cpp server with a toy model of a small text, for tests that need the real thing.

A conftest takes it by `from fixtures_engine import embedded_engine`.
"""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from stress.engines.launching import launch_engine
from stress.engines.spec import parse_engine
from stress.engines.supervisor import EngineProcess

CORPUS = """
The keeper climbs the tower at dusk. He lights the lamp and counts the ships.
A ship passed without a light tonight. Nobody on board was asleep, and nobody answered.
Mara sells apples in the market. She says that the red ones are honest and the green ones are young.
The market opens at six in the morning. The fish are loud, the bread is warm and the soup is free.
Who left the gate open? The goat has eaten the mayor's letter, and the mayor has eaten the goat's apples.
I counted the ships twice. There were seven at noon and eight at dusk, and none of them had moved.
The mayor keeps a small bell on his desk. When the bell rings, everyone in the hall sits down.
We should paint the tower red. A red tower is easy to find, and the paint is already here.
The soup tastes of smoke. I had three bowls, and I would like to know who cooked it.
Old Tom built the bridge in one night. It does not reach the other side, but it is a beautiful bridge.
Never trust a quiet goat. The loud ones only want bread, and the quiet ones want the letter.
Tell me about the storm. Did the lamp go out, or did the keeper close his eyes?
The bridge is closed on Sunday. On Monday the mayor opens it with a speech, and on Tuesday it rains.
My mother sailed on that ship. She said that the captain counted the stars and was always one short.
Does anyone else hear the bell? It rings when the tide is high, and the tide is high all night.
The captain bought apples for the whole crew. Then he asked the way to the tower and never came back.
"""


def get(url: str) -> Any:
    """The JSON at a URL."""
    with urllib.request.urlopen(url, timeout=20) as answer:
        return json.load(answer)


def post(url: str, body: dict[str, Any]) -> Any:
    """The JSON that a URL answers to this JSON."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def silent(_: str) -> None:
    """Nobody is told."""


def start_embedded(text: str = "embedded,np=2") -> EngineProcess:
    """The embedded engine as this ENGINE, speaking CORPUS, when it serves."""
    adapter, spec = parse_engine(text)
    return launch_engine(adapter, spec, CORPUS, silent, silent)


@pytest.fixture(scope="session")
def embedded_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """The embedded engine with 8 slots, speaking CORPUS; its model lies in a cache of this session's own."""
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("platformdirs.user_cache_path", lambda _: cache)
        engine = start_embedded("embedded,np=8")
    yield engine
    engine.stop()
