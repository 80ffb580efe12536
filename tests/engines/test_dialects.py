"""Every engine in its own words: attach, metrics, errors and streams, against a server that plays it."""

import asyncio
import time
import urllib.request
from typing import Any

import pytest
from dialects import Dialect, Said, dialects, speaking

from stress.client.chat import ChatClient, transport_for
from stress.client.exchange import Outcome
from stress.client.failures import name_failure
from stress.client.meter import Meter
from stress.client.probe import probe
from stress.client.wire import Endpoint
from stress.engines.adapter import Adapter
from stress.engines.identify import identify
from stress.engines.metrics import read_metrics
from stress.engines.registry import FAILURES, adapter_named

ALL = dialects()
MEASURED = [dialect for dialect in ALL if dialect.metrics is not None]
ERRORS = [(dialect, said) for dialect in ALL for said in dialect.errors]


def name(value: Any) -> str:
    if isinstance(value, Dialect):
        return value.engine
    return f"{value.status}-{value.name}" if isinstance(value, Said) else ""


def adapter_of(dialect: Dialect) -> Adapter:
    adapter = adapter_named(dialect.engine)
    assert adapter is not None
    return adapter


class Silent:
    """Progress that nobody follows."""

    def sent(self) -> None: ...

    def generating(self) -> None: ...

    def backing_off(self) -> None: ...


async def ask(url: str) -> Outcome:
    endpoint, transport = Endpoint(base_url=url, model="m"), transport_for(url, time.monotonic)
    client = ChatClient(endpoint, transport, Meter(), attempts=1, words=FAILURES)
    try:
        return await client.begin([{"role": "user", "content": "hi"}], Silent()).run()
    finally:
        await client.close()


@pytest.mark.parametrize("dialect", ALL, ids=name)
async def test_an_engine_is_known_by_what_it_says(dialect: Dialect):
    async with speaking(dialect) as server:
        served = await asyncio.to_thread(probe, server.url, None)
        adapter, identity = await asyncio.to_thread(identify, served, None, served.models[0])
    assert adapter is adapter_named(dialect.engine)
    assert identity == dialect.identity


@pytest.mark.parametrize("dialect", ALL, ids=name)
async def test_no_question_makes_it_generate(dialect: Dialect):
    async with speaking(dialect) as server:
        served = await asyncio.to_thread(probe, server.url, None)
        await asyncio.to_thread(identify, served, None, None)
        assert server.received == []


@pytest.mark.parametrize("dialect", MEASURED, ids=name)
async def test_its_metrics_are_read_where_it_has_them(dialect: Dialect):
    adapter = adapter_of(dialect)
    async with speaking(dialect, metrics_path=adapter.metrics_path) as server:
        url = server.url.removesuffix("/v1") + adapter.metrics_path
        page = await asyncio.to_thread(lambda: urllib.request.urlopen(url, timeout=10).read().decode())
    reading, counters = read_metrics(page, None, 1.0, adapter.metrics)
    for field, value in dialect.reading.items():
        assert getattr(reading, field) == value, field
    known = {"running", "waiting", "gen_tokens", "prompt_tokens"}
    assert known <= set(dialect.reading), "a page of metrics has at least these"
    # The same page a second later: by the counter nothing was made; a gauge says what it says.
    assert read_metrics(page, counters, 2.0, adapter.metrics)[0].gen_tok_s == dialect.reading.get("gen_tok_s", 0)


@pytest.mark.parametrize("dialect", MEASURED, ids=name)
def test_its_page_is_told_from_the_others_by_its_names(dialect: Dialect):
    assert dialect.metrics is not None
    assert read_metrics(dialect.metrics, None, 1.0) == read_metrics(
        dialect.metrics, None, 1.0, adapter_of(dialect).metrics
    )


@pytest.mark.parametrize(("dialect", "said"), ERRORS, ids=name)
def test_a_failure_is_named_by_its_words(dialect: Dialect, said: Said):
    assert name_failure(said.status, said.text, words=FAILURES).name == said.name


@pytest.mark.parametrize(("dialect", "said"), ERRORS, ids=name)
async def test_a_request_that_fails_so_has_that_name(dialect: Dialect, said: Said):
    async with speaking(dialect, said.reply) as server:
        outcome = await ask(server.url)
    assert outcome.error == said.name
    assert outcome.detail


@pytest.mark.parametrize("dialect", ALL, ids=name)
async def test_its_stream_gives_the_text_and_the_tokens(dialect: Dialect):
    async with speaking(dialect) as server:
        outcome = await ask(server.url)
    assert (outcome.error, outcome.detail) == (None, None)
    assert (outcome.text, outcome.reasoning) == (dialect.text, dialect.reasoning)
    assert (outcome.prompt_tokens, outcome.output_tokens) == (dialect.prompt_tokens, dialect.output_tokens)
    assert (outcome.cached_tokens, outcome.usage) == (dialect.cached_tokens, dialect.usage)
