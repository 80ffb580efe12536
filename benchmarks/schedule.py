"""When each chunk of a reply is due: the truth that a client is held against. Pure."""

import itertools
import random
from dataclasses import dataclass

GOLDEN = 0.6180339887498949
"""Multiples of it, modulo 1, cover an interval evenly however many there are (Weyl's sequence)."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """One kind of reply. Times in seconds."""

    chunks: int
    step: float
    """Between chunks; 0: as fast as the socket takes them."""
    ttft: float = 0.0
    """From the request to the first chunk, at least."""
    spread: float = 0.0
    """Added to `ttft`: a share of this that differs from reply to reply, so that they do not beat as one."""
    jitter: float = 0.0
    """Every chunk is moved by up to this many steps, to either side."""
    burst: int = 1
    """Chunks that come at once."""
    tokens: int = 1
    """Output tokens in each chunk."""
    seed: int = 1

    def first(self, number: int) -> float:
        """When the first chunk of reply `number` (0, 1, …) is due, in seconds after its request came."""
        return self.ttft + self.spread * (number * GOLDEN % 1.0)

    def times(self) -> tuple[float, ...]:
        """When each chunk is due, in seconds after the first: ascending, the first is 0."""
        rng = random.Random(self.seed)
        even = [k // self.burst * self.burst * self.step for k in range(self.chunks)]
        moves = [rng.uniform(-self.jitter, self.jitter) * self.step for _ in range(0, self.chunks, self.burst)]
        moved = [max(0.0, time + moves[k // self.burst]) if k >= self.burst else 0.0 for k, time in enumerate(even)]
        return tuple(sorted(moved))

    def gaps(self) -> tuple[float, ...]:
        """The time between each chunk and the one before: the true ITL of every reply."""
        times = self.times()
        return tuple(after - before for before, after in itertools.pairwise(times))
