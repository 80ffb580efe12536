"""Where more agents stop bringing more tokens."""

import itertools
from collections.abc import Iterable

import msgspec

ENOUGH = 0.95
"""The knee is the fewest agents that reach this share of the best throughput."""
BEYOND = 1.25
"""It counts as found once the ramp has gone this many times further without a gain."""
MAX_LEVELS = 20


class Knee(msgspec.Struct, frozen=True, kw_only=True):
    """The fewest agents that reach 95 % of the run's best throughput, and what they made (tokens a second)."""

    agents: int
    output_throughput: float


def find_knee(seconds: Iterable[tuple[int, float]]) -> Knee | None:
    """The knee of a run, from (agents, output tokens) of each of its whole seconds, in any order.

    The seconds are sorted by agents and cut into at most 20 levels of equal length, whose means carry less noise
    than single seconds. None while throughput still grows at the most agents seen, or where the number of
    agents hardly changed.
    """
    ordered = sorted(seconds)
    if len(ordered) < 2 or ordered[-1][0] < BEYOND * ordered[0][0]:
        return None
    count = min(MAX_LEVELS, len(ordered))
    edges = [len(ordered) * level // count for level in range(count + 1)]
    levels = [ordered[a:b] for a, b in itertools.pairwise(edges)]
    means = [
        (sum(agents for agents, _ in level) / len(level), sum(tokens for _, tokens in level) / len(level))
        for level in levels
    ]
    best = max(tokens for _, tokens in means)
    agents, tokens = next(mean for mean in means if mean[1] >= ENOUGH * best)
    if best <= 0 or means[-1][0] < BEYOND * agents:
        return None
    return Knee(agents=round(agents), output_throughput=tokens)
