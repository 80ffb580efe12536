"""A GPU of this machine, as engines are told of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MachineGpu:
    """A GPU of this machine."""

    index: int
    name: str
    uuid: str
    mem_total: int | None
    """Bytes."""
    mem_used: int | None = None
    """Bytes, by everybody, at this moment."""
