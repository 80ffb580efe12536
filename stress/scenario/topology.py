"""Who writes to whom: pure functions of an agent's index, the number of agents and the seed.

Agents are numbered in order of arrival, 0 to n-1. A topology knows nothing of names, mail or time.
"""

import difflib
import random
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from stress.errors import UsageError

LARGEST = 10_000
"""No room, tree or random draw is wider than the largest swarm that we plan for."""


@dataclass(frozen=True, slots=True)
class EveryoneElse(Sequence[int]):
    """The indices `first` to `end - 1` without `me`, none of which is ever stored."""

    me: int
    first: int
    end: int

    def __len__(self) -> int:
        return max(0, self.end - self.first - (self.first <= self.me < self.end))

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return tuple(self[k] for k in range(*at.indices(len(self))))
        size = len(self)
        if not -size <= at < size:
            raise IndexError(at)
        index = self.first + at % size
        return index + 1 if self.first <= self.me <= index else index

    def __contains__(self, index: object) -> bool:
        return isinstance(index, int) and self.first <= index < self.end and index != self.me

    def __iter__(self) -> Iterator[int]:
        return (index for index in range(self.first, self.end) if index != self.me)


@dataclass(frozen=True)
class Topology(ABC):
    """Whom each of n agents writes to."""

    text: str
    """As a scenario writes it: `rooms:6`."""
    size: int
    """The number in it: seats of a room, children of an agent, readers of a draw; 0 where it takes none."""

    def neighbours(self, i: int, n: int, seed: int = 0) -> Sequence[int]:
        """The indices that agent `i` of `n` writes to: in range, distinct, never its own.

        Empty if there is nobody else, or if `i` is not one of the n.
        """
        return self._neighbours(i, n, seed) if 0 <= i < n and n > 1 else ()

    def are_neighbours(self, i: int, j: int, n: int, seed: int = 0) -> bool:
        """Whether agent `i` of `n` writes to agent `j`."""
        return j in self.neighbours(i, n, seed)

    @property
    def lead_every(self) -> int | None:
        """The first agent takes the lead's part, at the hub or at the root; so does every so-many-th after it.

        None: nobody else does. The same for every `n`: nobody's part changes because others come or go.
        """
        return None

    def lead(self, i: int) -> bool:
        """Whether agent `i` takes the lead's part."""
        return i == 0 or (self.lead_every is not None and i % self.lead_every == 0)

    @abstractmethod
    def _neighbours(self, i: int, n: int, seed: int) -> Sequence[int]:
        """As `neighbours`, for 0 <= i < n and n >= 2."""


class Nobody(Topology):
    """`none`: each agent is alone with the server."""

    def _neighbours(self, i: int, n: int, seed: int) -> Sequence[int]:
        return ()


class Ring(Topology):
    """`ring`: each agent writes to the next, the last to the first."""

    def _neighbours(self, i: int, n: int, seed: int) -> Sequence[int]:
        return ((i + 1) % n,)


class Rooms(Topology):
    """`rooms:K`: K seats a room, taken in order of arrival; everyone writes to everyone else in the room.

    Whoever would sit alone in the last room waits in the room before it.
    """

    def _neighbours(self, i: int, n: int, seed: int) -> Sequence[int]:
        whole_rooms, rest = divmod(n, self.size)
        rooms = max(1, whole_rooms + (rest > 1))
        room = min(i // self.size, rooms - 1)
        first = room * self.size
        return EveryoneElse(i, first, n if room == rooms - 1 else first + self.size)

    @property
    def lead_every(self) -> int | None:
        """The first of each room leads, also while it still waits for the second in the room before."""
        return self.size


class Pairs(Topology):
    """`pairs`: two and two, an odd last agent joining the pair before it; one lead for all of them."""

    def _neighbours(self, i: int, n: int, seed: int) -> Sequence[int]:
        first = min(i, n - 2) // 2 * 2
        return EveryoneElse(i, first, n if n - first < 4 else first + 2)


class Star(Topology):
    """`star`: the first agent writes to all others, and they to it."""

    def _neighbours(self, i: int, n: int, seed: int) -> Sequence[int]:
        return range(1, n) if i == 0 else (0,)


class Tree(Topology):
    """`tree:K`: each agent has up to K below it and one above it, as in a K-ary heap."""

    def _neighbours(self, i: int, n: int, seed: int) -> Sequence[int]:
        first = self.size * i + 1
        below = range(min(first, n), min(first + self.size, n))
        return (self._parent(i), *below) if i else below

    def are_neighbours(self, i: int, j: int, n: int, seed: int = 0) -> bool:
        """Whether one of the two is the other's parent."""
        both_there = 0 <= i < n and 0 <= j < n
        return both_there and ((i > 0 and self._parent(i) == j) or (j > 0 and self._parent(j) == i))

    def _parent(self, i: int) -> int:
        return (i - 1) // self.size


class All(Topology):
    """`all`: everyone writes to everyone else."""

    def _neighbours(self, i: int, n: int, seed: int) -> Sequence[int]:
        return EveryoneElse(i, 0, n)


class Random(Topology):
    """`random:K`: each agent writes to K others of its own seeded draw, which changes little as n grows.

    The draw is c + a·t + b·t² for t = 0, 1, … modulo the next power of two at or above n, with a odd and b even:
    such a polynomial meets every residue exactly once (R. Rivest, "Permutation polynomials modulo 2^w", 2001).
    Residues that are not yet an agent's index are skipped. A new agent therefore enters a draw only where the
    draw named it all along, and a doubled modulus keeps about half of the names, as it adds one high bit.
    """

    def _neighbours(self, i: int, n: int, seed: int) -> Sequence[int]:
        if self.size >= n - 1:
            return EveryoneElse(i, 0, n)
        draw = random.Random(f"{seed}:{i}")
        a, b, c = draw.getrandbits(32) | 1, draw.getrandbits(32) & ~1, draw.getrandbits(32)
        mask = (1 << (n - 1).bit_length()) - 1
        drawn = ((c + t * (a + b * t)) & mask for t in range(mask + 1))
        return tuple(islice((index for index in drawn if index < n and index != i), self.size))


_PLAIN: dict[str, type[Topology]] = {"none": Nobody, "ring": Ring, "star": Star, "all": All, "pairs": Pairs}
_SIZED: dict[str, type[Topology]] = {"rooms": Rooms, "tree": Tree, "random": Random}
_FORMS = "none, pairs, ring, rooms:K, star, tree:K, all or random:K"


def parse_topology(text: str) -> Topology:
    """The topology that a scenario names: `none`, `pairs`, `ring`, `rooms:6`, `star`, `tree:3`, `all`, `random:3`.

    Raises:
        UsageError: it is none of these, or its number is missing or out of range.
    """
    name, colon, number = text.strip().partition(":")
    if name not in _PLAIN | _SIZED:
        near = difflib.get_close_matches(name.lower(), _PLAIN | _SIZED, n=1)
        hint = f"did you mean {near[0]!r}? It must be one of" if near else "write one of"
        raise UsageError(f"'{text}' is not a topology; {hint} {_FORMS}.")
    if name not in _SIZED:
        if colon:
            raise UsageError(f"The topology {name!r} takes no number; write {name!r} instead of '{text}'.")
        return _PLAIN[name](name, 0)
    least = 2 if name == "rooms" else 1
    if not re.fullmatch(r"[0-9]{1,9}", number) or not least <= int(number) <= LARGEST:
        raise UsageError(
            f"The topology {name!r} needs a whole number from {least} to {LARGEST}, as in '{name}:3'; found '{text}'."
        )
    return _SIZED[name](f"{name}:{int(number)}", int(number))
