"""A recorded run beside a live one, in step with it, like the ghost of a racing game. Pure but for the reading."""

from collections.abc import Iterable

import msgspec

from stress.stats.equal_load import between, by_agents, equal_agents_ratio


class Ghost(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of the recorded run."""

    label: str
    points: tuple[tuple[float, float, int], ...]
    """(seconds since its ramp began, tok/s, agents), at most 600, oldest first, until it drained."""
    peak_tok_s: float
    """Output tokens of its best whole second."""


class GhostSummary(msgspec.Struct, frozen=True, kw_only=True):
    """This run over the recorded one: 2 is twice as fast; None: it is not known."""

    label: str
    peak_ratio: float | None
    """Of the best whole seconds."""
    equal_agents_ratio: float | None
    """Of the throughput at equal numbers of agents, see `stress.stats.equal_load`."""


def at(ghost: Ghost, elapsed: float) -> float | None:
    """The recorded run's tok/s at this time of its ramp, joined by straight lines; None before and after it."""
    points = [(t, tok_s) for t, tok_s, _ in ghost.points]
    return between(points, elapsed) if points and points[0][0] <= elapsed <= points[-1][0] else None


def ratio(ghost: Ghost | None, tok_s: float, elapsed: float) -> float | None:
    """This run's tok/s over the ghost's at the same time of the ramp; None without one, or where it made none."""
    theirs = at(ghost, elapsed) if ghost is not None else None
    return tok_s / theirs if theirs else None


def compare(ghost: Ghost, seconds: Iterable[tuple[int, float]], peak_tok_s: float) -> GhostSummary:
    """How this run did against the recorded one.

    Args:
        ghost: the recorded run.
        seconds: of this run, (agents, output tokens) of each whole second of its ramp.
        peak_tok_s: its best whole second's.
    """
    theirs = by_agents((agents, tok_s) for _, tok_s, agents in ghost.points)
    return GhostSummary(
        label=ghost.label,
        peak_ratio=peak_tok_s / ghost.peak_tok_s if ghost.peak_tok_s > 0 else None,
        equal_agents_ratio=equal_agents_ratio(by_agents(seconds), theirs),
    )
