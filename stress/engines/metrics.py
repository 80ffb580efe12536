"""An engine's own view, read from its Prometheus page. Each engine's names are a table; the reading is one.

The names are those of the engines' sources (ENGINES.md); one field can have several, because they change.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from stress.events import EngineReading

Names = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MetricNames:
    """What one engine calls its metrics: for each the names it has had, newest first; none where it has no such."""

    running: Names
    waiting: Names
    gen_tokens: Names
    """Counter of output tokens."""
    prompt_cached: Names = ()
    """Counter of prompt tokens that were found in the cache."""
    prompt_computed: Names = ()
    """Counter of prompt tokens that were not."""
    kv_usage: Names = ()
    """Gauge, a share of 1."""


LLAMA_CPP = MetricNames(
    running=("llamacpp:requests_processing",),
    waiting=("llamacpp:requests_deferred",),
    gen_tokens=("llamacpp:tokens_predicted_total",),
    prompt_cached=("llamacpp:prompt_tokens_cached_total",),
    prompt_computed=("llamacpp:prompt_tokens_total",),
    kv_usage=("llamacpp:kv_cache_usage_ratio",),
)

ENGINES = (LLAMA_CPP,)


@dataclass(frozen=True)
class Counters:
    """The counters at one reading: the next one's rates are the differences to these."""

    t: float
    gen_tokens: float | None
    prompt_cached: float | None
    prompt_computed: float | None


def read_metrics(text: str, previous: Counters | None, now: float) -> tuple[EngineReading, Counters]:
    """The reading of one page, and the counters for the next.

    Args:
        text: the page, in Prometheus' text format. What it lacks is null in the reading.
        previous: the counters of the reading before; without them rates are null, and also after a restart of the
            engine, which sets its counters back.
        now: seconds, on the clock of `previous.t`.

    Raises:
        ValueError: the page is not in that format.
    """
    values = _values(text)
    names = next((one for one in ENGINES if _any(values, one.running + one.gen_tokens)), LLAMA_CPP)
    counters = Counters(
        t=now,
        gen_tokens=_sum(values, names.gen_tokens),
        prompt_cached=_sum(values, names.prompt_cached),
        prompt_computed=_sum(values, names.prompt_computed),
    )
    usages = _any(values, names.kv_usage)
    reading = EngineReading(
        running=_whole(_sum(values, names.running)),
        waiting=_whole(_sum(values, names.waiting)),
        kv_usage=sum(usages) / len(usages) if usages else None,
        prefix_hit_rate=_hit_rate(previous, counters),
        gen_tok_s=_gen_tok_s(previous, counters),
        gen_tokens=_whole(counters.gen_tokens),
    )
    return reading, counters


def _values(text: str) -> dict[str, list[float]]:
    """Each metric's values, one for every set of labels."""
    values: dict[str, list[float]] = defaultdict(list)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if math.isfinite(sample.value):  # a gauge that has nothing to say is NaN
                values[sample.name].append(float(sample.value))
    return values


def _any(values: dict[str, list[float]], names: Iterable[str]) -> list[float]:
    """The values of the first of these names that the page has."""
    return next((values[name] for name in names if name in values), [])


def _sum(values: dict[str, list[float]], names: Names) -> float | None:
    found = _any(values, names)
    return sum(found) if found else None


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _delta(before: float | None, after: float | None) -> float | None:
    """How far a counter went; null if it is missing or was set back."""
    if before is None or after is None or after < before:
        return None
    return after - before


def _gen_tok_s(previous: Counters | None, counters: Counters) -> float | None:
    if previous is None or counters.t <= previous.t:
        return None
    made = _delta(previous.gen_tokens, counters.gen_tokens)
    return None if made is None else made / (counters.t - previous.t)


def _hit_rate(previous: Counters | None, counters: Counters) -> float | None:
    """Of the prompt tokens since the last reading, the share that was cached; null if there were none."""
    if previous is None:
        return None
    cached = _delta(previous.prompt_cached, counters.prompt_cached)
    computed = _delta(previous.prompt_computed, counters.prompt_computed)
    if cached is None or computed is None or cached + computed == 0:
        return None
    return cached / (cached + computed)
