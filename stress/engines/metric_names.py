"""What an engine calls its metrics: for each of ours the names that it has had."""

from dataclasses import dataclass

Names = tuple[str, ...]
"""Newest first; none where the engine has no such metric."""


@dataclass(frozen=True, kw_only=True)
class MetricNames:
    """One engine's table. Gauges: running, waiting, kv_usage, gen_tok_s, prefix_hit_rate; the others are counters."""

    running: Names = ()
    waiting: Names = ()
    kv_usage: Names = ()
    """A share of 1."""
    gen_tokens: Names = ()
    """Output tokens."""
    gen_tok_s: Names = ()
    """Gauge, output tokens a second: for an engine whose counter moves only when a request is finished."""
    prompt_tokens: Names = ()
    """Prompt tokens; with `prompt_tokens_cached`, those that were computed."""
    prompt_tokens_cached: Names = ()
    """Prompt tokens found in the cache, where `prompt_tokens` does not count them."""
    preemptions: Names = ()
    """Requests that had to give up their KV cache and begin again."""
    prefix_hit_rate: Names = ()
    """A share of 1."""
    prefix_hits: Names = ()
    prefix_queries: Names = ()
    """Prompt tokens that were looked up in the prefix cache; `prefix_hits` are those found."""
