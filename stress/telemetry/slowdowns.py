"""Why a GPU runs slower than it could: a bit mask, the same in NVML and in DCGM."""

from collections.abc import Collection

from stress.readings import SlowdownName

_BITS: tuple[tuple[int, SlowdownName], ...] = (
    (0x4, "power_cap"),
    (0x8, "hardware"),
    (0x20, "thermal"),
    (0x40, "thermal"),
    (0x80, "power_brake"),
)
"""nvml.h's nvmlClocksEventReason*, dcgm_fields.h's DCGM_CLOCKS_EVENT_REASON_*. Idle, application clocks and sync boost
slow nothing down that has work."""


def slowdowns(bits: int) -> tuple[SlowdownName, ...]:
    """The names of what slows it down, sorted."""
    return tuple(sorted({name for bit, name in _BITS if bits & bit}))


def slowdown_bits(names: Collection[SlowdownName]) -> int:
    """The mask of these names, with the first bit of each."""
    bits = {name: bit for bit, name in reversed(_BITS)}
    return sum(bits[name] for name in set(names))
