"""The GPUs of one machine, of one kind or mixed: `6*rtx-4090`, `rtx-3090+rtx-4090`. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import msgspec

from stress.errors import UsageError
from stress.limits.chip_table import Chip
from stress.limits.chips import find_chip

MOST_GPUS = 4096
_COUNTED = re.compile(r"\s*(\d+)\s*[*x×]\s*(.+)", re.DOTALL)


class Box(msgspec.Struct, frozen=True):
    """GPUs that may share a model, the largest first, and of equal ones the fastest."""

    chips: tuple[Chip, ...]

    @property
    def count(self) -> int:
        return len(self.chips)

    @property
    def mixed(self) -> bool:
        """Not all of one kind."""
        return any(chip != self.chips[0] for chip in self.chips)

    def kinds(self) -> list[tuple[int, Chip]]:
        """Each kind with how many there are of it."""
        return [(count, chip) for chip, count in Counter(self.chips).items()]

    def groups(self, size: int) -> list[tuple[Chip, ...]]:
        """As many groups of so many GPUs as there are, each as alike as possible; what is left over belongs to none."""
        return [self.chips[start : start + size] for start in range(0, self.count - size + 1, size)]


def box_of(chips: Sequence[Chip]) -> Box:
    """These GPUs together."""
    return Box(tuple(sorted(chips, key=lambda chip: (-chip.memory, -chip.bandwidth, chip.name))))


class _Named(Protocol):
    @property
    def name(self) -> str: ...


def names(chips: Sequence[_Named]) -> str:
    """`2 × rtx-3090 + 1 × rtx-4090`."""
    return " + ".join(f"{count} × {name}" for name, count in Counter(chip.name for chip in chips).items())


def find_box(text: str, gpus: int | None) -> Box:
    """The GPUs that a user names: a chip as `find_chip` takes it, `N*CHIP`, and several joined by `+`.

    Args:
        text: what `--gpu` was given.
        gpus: what `--gpus` was given: how many there are of the one chip.

    Raises:
        UsageError: a chip is not known, or both say how many there are.
    """
    chips: list[Chip] = []
    parts = text.split("+")
    for part in parts:
        counted = _COUNTED.fullmatch(part)
        count = int(counted[1]) if counted else 1
        if gpus is not None and (counted or len(parts) > 1):
            raise UsageError(f"--gpu {text} already gives the number of GPUs; leave --gpus {gpus} out.")
        if not 1 <= count <= MOST_GPUS - len(chips):
            raise UsageError(f"--gpu {text} is out of range; name from 1 to {MOST_GPUS:,} GPUs.")
        chips += [find_chip(counted[2] if counted else part)] * (gpus or count)
    return box_of(chips)


def least(chips: Sequence[Chip]) -> Chip:
    """What GPUs that each do an even share amount to: of each figure the smallest, since all wait for the slowest."""

    def smallest(figure: str) -> float | None:
        values = [getattr(chip, figure) for chip in chips]
        return None if None in values else min(values)

    figures = {figure: smallest(figure) for figure in ("memory", "bandwidth", "bf16", "fp8", "int8", "link")}
    return msgspec.structs.replace(chips[0], name=min(chips, key=lambda chip: chip.memory).name, **figures)
