"""An engine's own view, read from its Prometheus page. Each engine's names are a table; the reading is one."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, fields
from http import HTTPStatus

from prometheus_client.parser import text_string_to_metric_families

from stress.client.ask import ProbeRequest, ask_one
from stress.engines.adapter import Adapter, MetricNames, Names
from stress.engines.registry import ADAPTERS
from stress.events import Engine, Event
from stress.readings import EngineReading

Values = dict[str, list[float]]
"""Each metric's values, one for every set of labels."""


@dataclass(frozen=True)
class Counters:
    """The counters at one reading: the next one's rates are the differences to these."""

    t: float
    gen_tokens: float | None
    prefix_hits: float | None
    prefix_queries: float | None


class MetricsReader:
    """Asks for the page once in a while; rates are over the time between two pages."""

    def __init__(
        self, base_url: str, adapter: Adapter | None, now: Callable[[], float], api_key: str | None = None
    ) -> None:
        """`base_url` is that of the API; the page lies beside its `/v1`. `adapter` is None for an unknown engine."""
        self._root = base_url.removesuffix("/v1")
        self._question = ProbeRequest(adapter.metrics_path if adapter else "/metrics")
        self._api_key = api_key
        self._names = adapter.metrics if adapter else None
        self._has_page = adapter is None or adapter.metrics is not None
        self._now = now
        self._counters: Counters | None = None

    def read(self) -> list[Event]:
        """A reading, or nothing where the engine has no such page or does not answer in time."""
        if not self._has_page:
            return []
        page = ask_one(self._root, self._api_key, None, self._question)
        if page.status != HTTPStatus.OK:
            return []
        now = self._now()
        with suppress(ValueError):
            reading, self._counters = read_metrics(page.text, self._counters, now, self._names)
            return [Engine(t=now, reading=reading)]
        return []

    def read_last(self) -> list[Event]:
        """The reading at the run's end, so that the record has the engine's own count of all tokens.

        It comes too soon after the one before to have rates.
        """
        if self._counters is None:
            return []
        self._counters = None
        return self.read()


def read_metrics(
    text: str, previous: Counters | None, now: float, names: MetricNames | None = None
) -> tuple[EngineReading, Counters]:
    """The reading of one page, and the counters for the next.

    Args:
        text: the page, in Prometheus' text format. What it lacks is None in the reading.
        previous: the counters of the reading before; without them rates are None, and also after a restart of the
            engine, which sets its counters back.
        now: seconds, on the clock of `previous.t`.
        names: the engine's own; None where the engine is not known: then the page's names decide.

    Raises:
        ValueError: the page is not in that format.
    """
    values = _values(text)
    names = names or _names_of(values)
    computed, cached = _sum(values, names.prompt_tokens), _sum(values, names.prompt_tokens_cached)
    prompt = computed if cached is None or computed is None else computed + cached
    counters = Counters(
        t=now,
        gen_tokens=_sum(values, names.gen_tokens),
        prefix_hits=_sum(values, names.prefix_hits) if names.prefix_hits else cached,
        prefix_queries=_sum(values, names.prefix_queries) if names.prefix_queries else prompt,
    )
    rate = _sum(values, names.gen_tok_s)
    stated = _mean(values, names.prefix_hit_rate)
    reading = EngineReading(
        running=_whole(_sum(values, names.running)),
        waiting=_whole(_sum(values, names.waiting)),
        kv_usage=_mean(values, names.kv_usage),
        prefix_hit_rate=_hit_rate(previous, counters) if stated is None else stated,
        gen_tok_s=_gen_tok_s(previous, counters) if rate is None else rate,
        gen_tokens=_whole(counters.gen_tokens),
        prompt_tokens=_whole(prompt),
        cached_tokens=_whole(counters.prefix_hits),
        preemptions=_whole(_sum(values, names.preemptions)),
    )
    return reading, counters


def _names_of(values: Values) -> MetricNames:
    """The table of which the page has most."""

    def has(names: MetricNames) -> int:
        return sum(any(name in values for name in getattr(names, field.name)) for field in fields(names))

    return max((adapter.metrics for adapter in ADAPTERS if adapter.metrics), key=has, default=MetricNames())


def _values(text: str) -> Values:
    values: Values = defaultdict(list)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if math.isfinite(sample.value):  # a gauge that has nothing to say is NaN
                values[sample.name].append(float(sample.value))
    return values


def _any(values: Values, names: Iterable[str]) -> list[float]:
    """The values of the first of these names that the page has."""
    return next((values[name] for name in names if name in values), [])


def _sum(values: Values, names: Names) -> float | None:
    found = _any(values, names)
    return sum(found) if found else None


def _mean(values: Values, names: Names) -> float | None:
    found = _any(values, names)
    return sum(found) / len(found) if found else None


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _delta(before: float | None, after: float | None) -> float | None:
    """How far a counter went; None if it is missing or was set back."""
    if before is None or after is None or after < before:
        return None
    return after - before


def _gen_tok_s(previous: Counters | None, counters: Counters) -> float | None:
    if previous is None or counters.t <= previous.t:
        return None
    made = _delta(previous.gen_tokens, counters.gen_tokens)
    return None if made is None else made / (counters.t - previous.t)


def _hit_rate(previous: Counters | None, counters: Counters) -> float | None:
    """Of the prompt tokens since the last reading, the share that was cached; None if there were none."""
    if previous is None:
        return None
    hits = _delta(previous.prefix_hits, counters.prefix_hits)
    queries = _delta(previous.prefix_queries, counters.prefix_queries)
    if hits is None or not queries or hits > queries:  # more hits than queries: one of them was set back unseen
        return None
    return hits / queries
