"""Who leads a duel, by how much and since when: pure, from both runs' curves at the same time of the ramp."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from stress.fold.snapshot import Snapshot

SideName = Literal["left", "right"]
SIDES: tuple[SideName, SideName] = ("left", "right")
RECENT_S = 5.0
"""The ratio of this moment is of so many seconds."""
EVEN = 1.02
"""Whoever has not made so many times the other's tokens does not lead."""
STEPS = 300


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """How a duel stands."""

    elapsed: float
    """Seconds of the ramp that both have behind them."""
    ratio: float | None = None
    """Left's tok/s over right's, of the last seconds; None: right made none, or there is no such time yet."""
    tokens_ratio: float | None = None
    """Left's tokens over right's, since the ramp began."""
    leader: SideName | None = None
    """Who has made more tokens."""
    since: float | None = None
    """Seconds of the ramp at which it took the lead."""


def lead(left: Snapshot | None, right: Snapshot | None) -> Lead:
    """How it stands between two runs in step; a side that has not begun is None."""
    if left is None or right is None:
        return Lead(elapsed=0.0)
    lines = _line(left), _line(right)
    end = min((line[-1][0] if line else 0.0) for line in lines)
    if end <= 0:
        return Lead(elapsed=0.0)
    grid = [end * step / STEPS for step in range(STEPS + 1)]
    made = [_made(line, grid) for line in lines]
    leader, since = _lead(grid, *made)
    recent = next(place for place, t in enumerate(grid) if t >= end - RECENT_S)
    now = [tokens[-1] - tokens[recent] for tokens in made]
    return Lead(
        elapsed=end,
        ratio=now[0] / now[1] if now[1] > 0 else None,
        tokens_ratio=made[0][-1] / made[1][-1] if made[1][-1] > 0 else None,
        leader=leader,
        since=since,
    )


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
