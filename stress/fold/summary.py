"""What a run came to: `vllm bench serve`'s keys with its definitions, and ours."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import msgspec

from stress.fold.burst_summary import BurstSummary, summarise_burst
from stress.fold.client_load import ClientLoad
from stress.fold.energy import cost, cost_per_million
from stress.fold.fold import Fold
from stress.fold.ghost import GhostSummary, compare
from stress.fold.gpu_totals import GpuSummary
from stress.limits.tracker import LimitSummary
from stress.readings import CpuUser
from stress.stats.knee import Knee, find_knee

LIMITED_SHARE, LIMITED_WINDOWS = 0.05, 3


class ClientSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What the client itself cost, and whether it is what limited the run."""

    workers: int
    """Load workers, at most at one time."""
    workers_lost: int
    max_cpu: float | None
    """The busiest worker's share of a core, over the busiest window."""
    p99_loop_lag_ms: float | None
    limited_share: float
    """Of the run's windows of two seconds, its first two left out, the share in which the client limited it (CPU above
    90 % of a core, or lag p99 above 10 ms)."""
    limited: bool
    """That share is 5 % or more, of three such windows at least: a single pause says nothing of a run."""
    cpu_user: CpuUser | None = None
    """Who took the CPU in most of those windows; None: nobody, or it is not known."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """`summary.json`. Times in ms, throughputs a second, `duration` in s from the first agent to the last reply.

    Percentiles of ITL come from a histogram within 0.5 % of the true value, all others are exact.
    """

    duration: float
    completed: int
    failed: int
    abandoned: int
    """Given up by us when the run ended: neither completed nor failed."""
    retries: int
    total_input_tokens: int
    total_output_tokens: int
    total_cached_tokens: int | None
    """Prompt tokens from the prefix cache by the replies' `usage`; None: the server does not say."""
    replies_without_usage: int
    """Replies whose tokens are counted chunks, since the server sent no `usage`."""
    replies_only_thoughts: int = 0
    """Replies that `--max-tokens` cut off before the model said anything: they hold its reasoning alone."""
    replies_empty: int = 0
    """Replies without any text."""
    request_throughput: float
    output_throughput: float
    total_token_throughput: float
    max_concurrent_requests: int
    mean_ttft_ms: float | None
    median_ttft_ms: float | None
    std_ttft_ms: float | None
    p95_ttft_ms: float | None
    p99_ttft_ms: float | None
    mean_tpot_ms: float | None
    median_tpot_ms: float | None
    std_tpot_ms: float | None
    p95_tpot_ms: float | None
    p99_tpot_ms: float | None
    mean_itl_ms: float | None
    median_itl_ms: float | None
    std_itl_ms: float | None
    p95_itl_ms: float | None
    p99_itl_ms: float | None
    mean_e2el_ms: float | None
    median_e2el_ms: float | None
    std_e2el_ms: float | None
    p95_e2el_ms: float | None
    p99_e2el_ms: float | None
    agents_start: int
    agents_peak: int
    messages_delivered: int
    peak_output_throughput: float
    knee: Knee | None
    errors: dict[str, int]
    energy_joules: float | None
    """Of the GPUs that the engine computed on, as far as that is known."""
    output_tokens_per_joule: float | None
    cost: float | None = None
    """What these GPUs cost over `duration`, in the currency of `--price`; None without one."""
    cost_per_million_output_tokens: float | None = None
    engine_cached_tokens: int | None = None
    """Prompt tokens from the prefix cache by the engine's own metrics, whoever sent them; None: it counts none."""
    limit: LimitSummary | None = None
    """What limited the run; None if it was too short to say."""
    ghost: GhostSummary | None = None
    """This run against the recorded one of `--ghost`; None without one."""
    burst: BurstSummary | None = None
    """A burst's own figures; None for a run that follows a ramp."""
    gpus: tuple[GpuSummary, ...]
    client: ClientSummary


def summarise(fold: Fold) -> Summary:
    """The summary of the run that this fold has taken in, whether it has ended or was cut off."""
    replies = fold.replies
    started = fold.ramp_started or 0.0
    ended = fold.ended
    duration = max(0.0, ended - started)
    meter, ghost = fold.hardware.energy, fold.about.ghost
    energy = meter.joules() if meter.until(ended) else None
    hourly = meter.hourly(fold.about.price)
    output_throughput = _per(replies.output_tokens, duration)
    seconds = fold.ramp_seconds().values()
    return Summary(
        duration=duration,
        completed=replies.completed,
        failed=replies.failed,
        abandoned=replies.abandoned,
        retries=replies.retries,
        total_input_tokens=replies.input_tokens,
        total_output_tokens=replies.output_tokens,
        total_cached_tokens=replies.cached_tokens,
        replies_without_usage=replies.without_usage,
        replies_only_thoughts=replies.only_thoughts,
        replies_empty=replies.empty,
        request_throughput=_per(replies.completed, duration),
        output_throughput=output_throughput,
        total_token_throughput=_per(replies.input_tokens + replies.output_tokens, duration),
        max_concurrent_requests=_most_at_once(replies.started, replies.ended),
        **_spread("ttft_ms", replies.ttft_ms),
        **_spread("tpot_ms", replies.tpot_ms),
        **_itl(fold),
        **_spread("e2el_ms", replies.e2el_ms),
        agents_start=fold.agents_start or 0,
        agents_peak=fold.agents_peak,
        messages_delivered=fold.messages,
        peak_output_throughput=fold.peak_tok_s,
        knee=find_knee(seconds),
        errors=dict(fold.errors),
        energy_joules=energy,
        output_tokens_per_joule=replies.output_tokens / energy if energy else None,
        cost=cost(hourly, duration),
        cost_per_million_output_tokens=cost_per_million(hourly, output_throughput),
        ghost=None if ghost is None else compare(ghost, seconds, fold.peak_tok_s),
        burst=summarise_burst(fold),
        engine_cached_tokens=fold.hardware.cached_tokens,
        limit=fold.hardware.bottleneck.summary(),
        gpus=fold.hardware.gpu_summaries(),
        client=_client(fold.client),
    )


def _client(load: ClientLoad) -> ClientSummary:
    share = _per(load.limited_windows, load.windows)
    return ClientSummary(
        workers=load.workers_peak,
        workers_lost=load.lost,
        max_cpu=load.cpu_max,
        p99_loop_lag_ms=load.lag.quantile(0.99),
        limited_share=share,
        limited=share >= LIMITED_SHARE and load.limited_windows >= LIMITED_WINDOWS,
        cpu_user=load.cpu_users.most_common(1)[0][0] if load.cpu_users else None,
    )


def _per(amount: float, seconds: float) -> float:
    return amount / seconds if seconds > 0 else 0.0


def _spread(name: str, values: Sequence[float]) -> dict[str, Any]:
    """Mean, median, population deviation and percentiles, linearly interpolated, as vLLM takes them."""
    keys = [f"{statistic}_{name}" for statistic in ("mean", "median", "std", "p95", "p99")]
    if not values:
        return dict.fromkeys(keys)
    import numpy as np  # 0.14 s that no start-up should pay

    series = np.asarray(values)
    found = (np.mean(series), np.median(series), np.std(series), *np.percentile(series, (95, 99)))
    return dict(zip(keys, map(float, found), strict=True))


def _itl(fold: Fold) -> dict[str, Any]:
    count = fold.itl.count
    mean = fold.itl_sum_ms / count if count else None
    variance = max(0.0, fold.itl_sum_sq_ms2 / count - mean**2) if mean is not None else None
    return {
        "mean_itl_ms": mean,
        "median_itl_ms": fold.itl.quantile(0.5),
        "std_itl_ms": math.sqrt(variance) if variance is not None else None,
        "p95_itl_ms": fold.itl.quantile(0.95),
        "p99_itl_ms": fold.itl.quantile(0.99),
    }


def _most_at_once(started: Sequence[float], ended: Sequence[float]) -> int:
    """The most requests in flight at one time: ends before starts where they fall together."""
    changes = sorted([*((t, 1) for t in started), *((t, -1) for t in ended)])
    return max(itertools.accumulate((change for _, change in changes), initial=0))
