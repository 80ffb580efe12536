"""Who leads a duel, by how much and since when: pure, from both runs' curves at the same time of the ramp."""

import functools
from collections.abc import Sequence
from typing import Literal

import msgspec

from stress.fold.snapshot import Snapshot
from stress.stats.equal_load import equal_agents_ratio

SideName = Literal["left", "right"]
SIDES: tuple[SideName, SideName] = ("left", "right")
EVEN = 1.02
"""Who is less than so many times as fast, or has made less than so many times the tokens, does not lead."""
STEPS = 300


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """How a duel stands. Every ratio is the leader's figure over the other's."""

    elapsed: float
    """Seconds of the ramp that both have behind them."""
    leader: SideName | None = None
    """Who makes more tokens a second at equal agents; None: neither, or that can't be told yet."""
    ratio: float | None = None
    """Throughput at equal agents so far, as the verdict has it at the end: 1 or more. None: they can't be compared yet,
    or the other side has made nothing."""
    since: float | None = None
    """Seconds of the ramp since when the leader has made more tokens in all; None: it hasn't."""
    tokens_ratio: float | None = None
    """Output tokens so far, as each side has counted them; below 1 where the leader has made fewer. None: nobody leads,
    or the other side has made none."""


def lead(left: Snapshot | None, right: Snapshot | None) -> Lead:
    """How it stands between two runs in step; a side that has not begun is None.

    The ratio counts only numbers of agents that both have gone through. So it stays the same quantity while one side
    is ahead on the ramp, waits for its last replies, or is long over.
    """
    if left is None or right is None:
        return Lead(elapsed=0.0)
    lines = _line(left), _line(right)
    end = min((line[-1][0] if line else 0.0) for line in lines)
    if end <= 0:
        return Lead(elapsed=0.0)
    leader, ratio = _at_equal_agents(left.at_agents, right.at_agents)
    if leader is None:
        return Lead(elapsed=end, ratio=ratio)
    grid = [end * step / STEPS for step in range(STEPS + 1)]
    ahead, since = _lead(grid, *(_made(line, grid) for line in lines))
    made = left.sample.output_tokens, right.sample.output_tokens
    ours, theirs = made if leader == "left" else made[::-1]
    return Lead(
        elapsed=end,
        leader=leader,
        ratio=ratio,
        since=since if ahead == leader else None,
        tokens_ratio=ours / theirs if theirs else None,
    )


@functools.lru_cache(4)  # a picture is drawn ten times a second, and there is news once a second
def _at_equal_agents(
    left: tuple[tuple[int, float], ...], right: tuple[tuple[int, float], ...]
) -> tuple[SideName | None, float | None]:
    """Who makes more tokens a second, and how many times as many; without a leader the ratio is that of the faster."""
    ratio = equal_agents_ratio(dict(left), dict(right))
    if ratio:
        faster: SideName = "left" if ratio >= 1 else "right"
        ratio = max(ratio, 1 / ratio)
        return (faster if ratio > EVEN else None), ratio
    if ratio == 0:
        return "right", None
    turned = equal_agents_ratio(dict(right), dict(left))
    return ("left", None) if turned == 0 else (None, None)


def _line(snapshot: Snapshot) -> list[tuple[float, float]]:
    """(seconds of the ramp, tok/s), oldest first, from 0 on."""
    began = snapshot.ramp_started
    if began is None:
        return []
    found = [(point.t - began, point.tok_s) for point in snapshot.curve if point.t > began]
    return [(0.0, 0.0), *found] if found else []


def _made(line: Sequence[tuple[float, float]], grid: Sequence[float]) -> list[float]:
    """Tokens made until each time of the grid: the area below the line, its points joined."""
    made, tokens, place = [0.0], 0.0, 0
    t, rate = line[0]
    for until in grid[1:]:
        while place + 1 < len(line) and line[place + 1][0] <= until:
            place += 1
            after, value = line[place]
            tokens += (rate + value) / 2 * (after - t)
            t, rate = after, value
        if place + 1 < len(line) and until > t:
            after, value = line[place + 1]
            there = rate + (value - rate) * (until - t) / (after - t)
            tokens += (rate + there) / 2 * (until - t)
            t, rate = until, there
        made.append(tokens)
    return made


def _lead(grid: Sequence[float], left: Sequence[float], right: Sequence[float]) -> tuple[SideName | None, float | None]:
    """Who is ahead at the end, and from when on without a break; one who is caught up leads until overtaken."""
    leader: SideName | None = None
    since: float | None = None
    for t, ours, theirs in zip(grid, left, right, strict=True):
        ahead: SideName | None = None
        if ours > theirs * EVEN:
            ahead = "left"
        elif theirs > ours * EVEN:
            ahead = "right"
        if ahead is not None and ahead != leader:
            leader, since = ahead, t
    return leader, since
