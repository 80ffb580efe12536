"""How far a burst is, and how long it will take: from what has come so far, not from hope."""

import msgspec

SOBER_S = 5.0
"""No time is told before this: the first seconds are prefill, and say nothing of the rate."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A burst at one moment."""

    share: float
    """Of its output tokens, as far as can be told: of 1."""
    ended: int
    """Requests that have ended, failed ones included."""
    left_s: float | None
    """Seconds to the end at the mean rate so far; null while it is too early to say."""


def progress(
    requests: int, tokens: int, *, completed: int, failed: int, their_tokens: int, all_tokens: int, elapsed: float
) -> Progress:
    """How far it is. Replies that have ended tell how long the others will be; before, what was asked for counts.

    Args:
        requests: in all.
        tokens: asked of each reply at most.
        completed: replies that have ended.
        failed: requests that have failed: nothing more comes of them.
        their_tokens: output tokens of the replies that have ended.
        all_tokens: output tokens so far, of replies on their way too.
        elapsed: seconds since the first request.
    """
    ended = min(requests, completed + failed)
    if ended >= requests:
        return Progress(share=1.0, ended=ended, left_s=0.0)
    mean = their_tokens / completed if completed else float(tokens)
    expected = their_tokens + (requests - ended) * mean
    share = min(0.999, all_tokens / expected) if expected > 0 else 0.0
    known = elapsed >= SOBER_S and share > 0
    return Progress(share=share, ended=ended, left_s=elapsed * (1 - share) / share if known else None)
