"""What a sweep varies: lists of values for an engine's keys, and every combination of them. Pure."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from stress.errors import UsageError

AGENTS = "agents"
"""The one axis that is the load's, not the engine's: requests at a time."""
MOST_POINTS = 200


@dataclass(frozen=True)
class Axis:
    """One key and its values, in the order in which they are tried."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Point:
    """One combination: a value for each key."""

    settings: tuple[tuple[str, str], ...]

    @property
    def words(self) -> str:
        """For people: `tp=2, np=16`; as it stands where nothing is varied."""
        return ", ".join(f"{key}={value}" for key, value in self.settings) or "as given"

    @property
    def slug(self) -> str:
        """For a directory's name."""
        clean = "-".join(f"{key}{value}" for key, value in self.settings)
        return "".join(char if char.isalnum() or char in "-._" else "_" for char in clean) or "only"

    @property
    def agents(self) -> int | None:
        """Requests at a time, where they are varied."""
        return next((int(value) for key, value in self.settings if key == AGENTS), None)

    def engine(self, text: str) -> str:
        """The ENGINE of this point, from the one that the user wrote."""
        return ",".join([text, *(f"{key}={value}" for key, value in self.settings if key != AGENTS)])


def parse_axis(option: str, key: str, text: str) -> Axis:
    """The values of a list such as `1,2,4`.

    Args:
        option: the one that it was given with, for the error's sentence.
        key: the engine's key, or `agents`.
        text: the values, with commas between.

    Raises:
        UsageError: it is no such list.
    """
    values = tuple(part.strip() for part in text.split(","))
    if not key or not all(values):
        raise UsageError(f"{option} {text!r} is not a list; separate values with commas, such as 1,2,4.")
    if key == AGENTS and not all(value.isdecimal() and int(value) > 0 for value in values):
        raise UsageError(f"{option} {text!r} is wrong: give whole numbers above 0, such as 16,64.")
    if len(set(values)) < len(values):
        raise UsageError(f"{option} {text!r} has a value twice; write each once.")
    return Axis(key, values)


def parse_vary(text: str) -> Axis:
    """The axis of `--vary KEY=V,V`.

    Raises:
        UsageError: it is no such text.
    """
    key, equals, values = text.partition("=")
    if not equals:
        raise UsageError(f"--vary {text!r} is not KEY=V,V; write it like max-num-seqs=64,128,256.")
    return parse_axis("--vary", key.strip(), values)


def points(axes: Sequence[Axis]) -> tuple[Point, ...]:
    """Every combination, the last axis moving fastest; one point without axes.

    Raises:
        UsageError: a key is varied twice, or there are too many.
    """
    keys = [axis.key for axis in axes]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise UsageError(f"{twice} is varied twice; write one list for it.")
    found = tuple(
        Point(tuple(zip(keys, values, strict=True))) for values in itertools.product(*(axis.values for axis in axes))
    )
    if len(found) > MOST_POINTS:
        raise UsageError(f"{len(found)} combinations are too many; the most is {MOST_POINTS}, so use shorter lists.")
    return found
