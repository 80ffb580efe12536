"""What a burst came to beside a run's summary: did the rate hold, and who was late."""

import math
import statistics

import msgspec

from stress.fold.fold import Fold
from stress.stats.trend import Steadiness, steadiness

LATE = 1.5
"""A reply that took this many times the median is a straggler."""
MOST_NAMED = 5


class BurstSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A burst's own figures, beside `duration` (its total time) and `output_throughput`."""

    requests: int
    tokens: int
    """Asked of each reply at most."""
    concurrency: int
    full_s: float
    """Seconds from the first request until fewer than all of the concurrency were in flight for good."""
    tail_s: float
    """Seconds from then to the last reply."""
    rate: Steadiness | None
    """Tokens a second over the whole seconds at full concurrency; None: too few of them."""
    held: bool | None
    """The rate held at full concurrency; None: nobody can say."""
    stragglers: int
    """Replies that took more than 1.5 times the median."""
    slowest_ms: tuple[float, ...]
    """The longest E2EL, at most five, the longest first."""
    prompt_tokens: int | None = None
    """Asked of each prompt; None: the prompts are the user's own."""
    mean_prompt_tokens: float | None = None
    """As the server has counted them; None: it does not."""
    ended_early: int = 0
    """Replies of which the server has counted fewer tokens than were asked for."""
    mean_early_tokens: float | None = None
    """Output tokens of such a reply."""


def summarise_burst(fold: Fold) -> BurstSummary | None:
    """A burst's figures; None for a run that is none, or of which nothing came back."""
    about, replies = fold.about.burst, fold.replies
    if about is None or not replies.ended:
        return None
    started = fold.ramp_started or 0.0
    ended = fold.ended
    # With nothing left to send, every reply that ends leaves one fewer in flight.
    falls = min(ended, sorted(replies.ended)[max(0, len(replies.ended) - about.concurrency)])
    first, last = math.ceil(started) + 1, math.floor(falls)  # the first second holds the prefill of all
    there = [second for second in range(first, last) if not fold.outage.touches(second, second)]
    rates = [fold.per_second.get(second, (0, 0.0))[1] for second in there]
    rate = steadiness(rates)
    times = list(replies.e2el_ms)
    early = [tokens for tokens in replies.counted if tokens < about.tokens]
    median = statistics.median(times) if times else math.inf
    return BurstSummary(
        requests=about.requests,
        tokens=about.tokens,
        concurrency=about.concurrency,
        full_s=max(0.0, falls - started),
        tail_s=max(0.0, ended - falls),
        rate=rate,
        held=None if rate is None else rate.held,
        stragglers=sum(time > LATE * median for time in times),
        slowest_ms=tuple(sorted(times, reverse=True)[:MOST_NAMED]),
        prompt_tokens=about.prompt_tokens,
        mean_prompt_tokens=replies.input_tokens / replies.counted_prompts if replies.counted_prompts else None,
        ended_early=len(early),
        mean_early_tokens=statistics.fmean(early) if early else None,
    )
