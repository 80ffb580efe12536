"""How far a burst is, and how long it will take: from what has come so far, not from hope."""

import msgspec

from stress.fold.replies import Replies
from stress.ramp import BurstPlan

SOBER_S = 5.0
"""No time is shown before this: the first seconds are prefill, and say nothing of the rate."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A burst at one moment."""

    share: float
    """Of its output tokens, an estimate: of 1."""
    ended: int
    """Requests that have ended, failed ones included."""
    left_s: float | None
    """Seconds to the end at the mean rate so far; None while it is too early to say."""


def progress(burst: BurstPlan, replies: Replies, streamed: int, elapsed: float) -> Progress:
    """How far it is. Replies that have ended show how long the others will be; before, what was asked for counts.

    Args:
        burst: what was asked for.
        replies: those that have ended, and requests that failed: nothing more comes of these.
        streamed: output tokens so far, of replies on their way too.
        elapsed: seconds since the first request.
    """
    ended = min(burst.requests, replies.completed + replies.failed + replies.abandoned)
    if ended >= burst.requests:
        return Progress(share=1.0, ended=ended, left_s=0.0)
    mean = replies.output_tokens / replies.completed if replies.completed else float(burst.tokens)
    expected = replies.output_tokens + (burst.requests - ended) * mean
    share = min(0.999, streamed / expected) if expected > 0 else 0.0
    known = elapsed >= SOBER_S and share > 0
    return Progress(share=share, ended=ended, left_s=elapsed * (1 - share) / share if known else None)
