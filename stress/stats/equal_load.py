"""Two runs' throughput at equal numbers of agents, which is what the engines make of the same load. Pure."""

import bisect
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence


def by_agents(seconds: Iterable[tuple[int, float]]) -> dict[int, float]:
    """The mean throughput at each number of agents, of (agents, tok/s) at several times."""
    found: dict[int, list[float]] = defaultdict(list)
    for agents, tok_s in seconds:
        found[agents].append(tok_s)
    return {agents: math.fsum(values) / len(values) for agents, values in found.items()}


def equal_agents_ratio(ours: Mapping[int, float], theirs: Mapping[int, float]) -> float | None:
    """Our throughput over theirs, each summed over every number of agents that both went through.

    A steep ramp skips numbers, and no two runs skip the same: between those that it had, a run's throughput lies on
    a straight line.

    Args:
        ours: number of agents → tok/s; nobody's throughput, at 0 agents, does not count.
        theirs: likewise.

    Returns:
        The ratio; None where the runs have no number in common, or they made nothing.
    """
    mine, others = _line(ours), _line(theirs)
    if not mine or not others:
        return None
    numbers = range(max(mine[0][0], others[0][0]), min(mine[-1][0], others[-1][0]) + 1)
    base = math.fsum(between(others, agents) for agents in numbers)
    return math.fsum(between(mine, agents) for agents in numbers) / base if base > 0 else None


def _line(throughput: Mapping[int, float]) -> list[tuple[int, float]]:
    return sorted((agents, tok_s) for agents, tok_s in throughput.items() if agents > 0)


def between(line: Sequence[tuple[float, float]], x: float) -> float:
    """The value at `x`, which is not beyond the ends of this line: points (x, value), joined by straight lines."""
    place = bisect.bisect_left(line, x, key=lambda point: point[0])
    after, value = line[place]
    if after == x:
        return value
    before, start = line[place - 1]
    return start + (value - start) * (x - before) / (after - before)
