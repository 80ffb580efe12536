"""A run's summary as a small table."""

from stress.fold.burst_summary import BurstSummary
from stress.fold.ghost import GhostSummary
from stress.fold.replies import without_text
from stress.fold.summary import ClientSummary, Summary
from stress.limits.late import ADVICE, LATE
from stress.limits.tracker import LimitSummary
from stress.session.result import Result

SLOWED_SHARE = 0.05
"""A slowdown that was seen in fewer readings is not worth a word."""


def summary_table(result: Result, where: str) -> list[str]:
    """What the run came to, in a few lines for people; `where` is the run's directory."""
    summary, burst = result.summary, result.summary.burst
    conversation = burst is None
    answered = summary.completed > 0 or summary.total_output_tokens > 0
    rows = [
        ("state", result.state),
        ("cause", result.cause if result.state in ("failed", "stopped") else None),
        ("agents", f"{summary.agents_start} → {summary.agents_peak}" if conversation else None),
        ("requests", f"{burst.requests:,} of {burst.tokens:,} tokens, {_at_once(burst)}" if burst else None),
        ("duration", f"{summary.duration:.1f} s"),
        ("replies", _replies(summary)),
        *(_output(summary) if answered else []),
        *zip(("client", ""), _client(summary.client), strict=False),
        ("errors", ", ".join(f"{name} {count}" for name, count in sorted(summary.errors.items())) or None),
        *zip(("limit", ""), _limit(summary.limit) if summary.limit and answered else [], strict=False),
        ("GPUs", _gpus(summary) if summary.gpus else None),
        ("energy", _energy(summary)),
        ("cost", _cost(summary)),
        ("saved", where),
    ]
    return [f"{name:<11} {value}" for name, value in rows if value is not None]


def _output(summary: Summary) -> list[tuple[str, str | None]]:
    """What came out, and how fast: nothing worth a line where no reply ever came."""
    burst = summary.burst
    return [
        ("messages", None if burst else f"{summary.messages_delivered:,} delivered"),
        ("prompts", _prompts(summary)),
        ("output", f"{summary.total_output_tokens:,} tokens{_early(summary)}"),
        ("throughput", f"{summary.output_throughput:,.0f} tok/s, best second {summary.peak_output_throughput:,.0f}"),
        ("in flight", f"at most {summary.max_concurrent_requests:,}"),
        ("TTFT", _times(summary.median_ttft_ms, summary.p95_ttft_ms, summary.p99_ttft_ms)),
        ("ITL", _times(summary.median_itl_ms, summary.p95_itl_ms, summary.p99_itl_ms)),
        ("TPOT", _times(summary.median_tpot_ms, summary.p95_tpot_ms, summary.p99_tpot_ms)),
        ("E2EL", _times(summary.median_e2el_ms, summary.p95_e2el_ms, summary.p99_e2el_ms)),
        ("knee", None if burst else _knee(summary)),
        ("ghost", _ghost(summary.ghost) if summary.ghost else None),
        *(_burst(burst) if burst else []),
    ]


def _energy(summary: Summary) -> str | None:
    if summary.energy_joules is None:
        return None
    return f"{summary.energy_joules:,.0f} J, {summary.output_tokens_per_joule or 0:.2f} tokens/J"


def _cost(summary: Summary) -> str | None:
    per_million = summary.cost_per_million_output_tokens
    if summary.cost is None or per_million is None:
        return None
    return f"{summary.cost:,.3g} for the run, {per_million:,.3g} per million output tokens"


def _ghost(ghost: GhostSummary) -> str:
    """This run's figures over the ghost's, as far as there is something to compare."""
    ratios = ((ghost.equal_agents_ratio, "throughput at equal agents"), (ghost.peak_ratio, "best second"))
    known = [f"{ratio:.2f} × the ghost's {what}" for ratio, what in ratios if ratio is not None]
    return f"{', '.join(known) or 'the two runs have no number of agents in common'} ({ghost.label})"


def _prompts(summary: Summary) -> str:
    """Their tokens; in a burst those of each, measured and requested; and how many the prefix cache already had."""
    parts = [f"{summary.total_input_tokens:,} tokens"]
    burst = summary.burst
    if burst is not None and burst.mean_prompt_tokens is not None:
        asked = "" if burst.prompt_tokens is None else f" ({burst.prompt_tokens:,} requested)"
        parts.append(f"{burst.mean_prompt_tokens:,.0f} a prompt{asked}")
    if summary.total_cached_tokens is not None:
        parts.append(f"{summary.total_cached_tokens:,} of them cached")
    elif summary.engine_cached_tokens is not None:
        parts.append(f"{summary.engine_cached_tokens:,} cached, according to the engine's metrics")
    else:
        parts.append("cached n/a")
    return ", ".join(parts)


def _early(summary: Summary) -> str:
    burst = summary.burst
    if burst is None or burst.mean_early_tokens is None:
        return ""
    return (
        f"; the server ended {burst.ended_early:,} of {summary.completed:,} replies early, after "
        f"{burst.mean_early_tokens:,.0f} of {burst.tokens:,} tokens on average"
    )


def _at_once(burst: BurstSummary) -> str:
    return "all at once" if burst.concurrency >= burst.requests else f"{burst.concurrency:,} at a time"


def _burst(burst: BurstSummary) -> list[tuple[str, str]]:
    """Did the rate hold, and who was late."""
    rate = "too short to tell"
    if burst.rate is not None:
        found = burst.rate
        words = {True: "held", False: "did not hold", None: "unclear whether it held"}[burst.held]
        interval = f"{100 * found.change_low:+.0f} to {100 * found.change_high:+.0f} %"
        change = f"changed by {100 * found.change:+.0f} % (95 %: {interval})"
        rate = f"{words}: {found.mean:,.0f} tok/s over {found.seconds} s at full concurrency, {change}"
    slowest = ", ".join(f"{ms / 1000:,.1f} s" for ms in burst.slowest_ms[:3])
    count = f"{burst.stragglers:,}" if burst.stragglers else "none"
    tail = f"{count} took more than 1.5 × the median; slowest {slowest}; tail of {burst.tail_s:.1f} s"
    return [("the rate", rate), ("stragglers", tail)]


def _limit(limit: LimitSummary) -> list[str]:
    """What limited the run at full load, with the evidence; and what no engine could exceed there."""
    lines = [limit.words]
    if limit.roofline_share is not None and limit.roofline_tok_s is not None:
        share, possible = 100 * limit.roofline_share, f"{limit.roofline_tok_s:,.0f} tok/s"
        lines.append(f"{share:.0f} % of the roofline at these batch sizes, {possible}")
    return lines


def _gpus(summary: Summary) -> str:
    """Means under load of the GPUs that the engine uses, or of all GPUs where that is not known."""
    used = [gpu for gpu in summary.gpus if gpu.engine]
    if not used and all(gpu.engine is False for gpu in summary.gpus):
        return f"{len(summary.gpus)}, none used by the engine"
    used = used or list(summary.gpus)
    parts = [f"{len(used)} of {len(summary.gpus)} used" if len(used) < len(summary.gpus) else f"{len(used)}"]
    for name in ("util", "SM", "tensor", "DRAM"):
        known = [value for gpu in used if (value := getattr(gpu, f"mean_{name.lower()}")) is not None]
        if known:
            parts.append(f"{name} {sum(known) / len(known):.0f} %")
    shares = [pair for gpu in used for pair in (gpu.slowdowns or {}).items()]
    if slowed := sorted({reason for reason, share in shares if share >= SLOWED_SHARE}):
        parts.append(f"slowed down by {' and '.join(slowed).replace('_', ' ')}")
    return ", ".join(parts)


def _client(client: ClientSummary) -> list[str]:
    cpu = "n/a" if client.max_cpu is None else f"{100 * client.max_cpu:.0f} % of a core"
    lag = "n/a" if client.p99_loop_lag_ms is None else f"{client.p99_loop_lag_ms:.1f} ms"
    text = f"{client.workers} worker{'s' if client.workers != 1 else ''}, {cpu} at most, loop lag p99 {lag}"
    if client.workers_lost:
        text += f", {client.workers_lost} died"
    if not client.limited:
        return [text]
    share = f"{100 * client.limited_share:.0f} % of this run"
    return [text, f"{LATE[client.cpu_user]} ({share}). {ADVICE[client.cpu_user]}".rstrip()]


def _replies(summary: Summary) -> str:
    parts = [f"{summary.completed:,} completed", f"{summary.failed:,} failed"]
    if summary.abandoned:
        parts.append(f"{summary.abandoned:,} abandoned at the end")
    if summary.retries:
        parts.append(f"{summary.retries:,} retried")
    parts += without_text(summary.replies_only_thoughts, summary.replies_empty)
    return ", ".join(parts)


def _times(median: float | None, p95: float | None, p99: float | None) -> str:
    if median is None or p95 is None or p99 is None:
        return "n/a"
    return f"p50 {median:,.1f} ms, p95 {p95:,.1f} ms, p99 {p99:,.1f} ms"


def _knee(summary: Summary) -> str:
    if summary.knee is None:
        return "not reached"
    return f"{summary.knee.agents} agents at {summary.knee.output_throughput:,.0f} tok/s"
