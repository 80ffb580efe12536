"""Numbers as the screen writes them. What is not known is `n/a`."""

from stress.events import Sample
from stress.units import format_duration

NOT_KNOWN = "n/a"


def window(sample: Sample) -> str:
    """The time that a figure is of: `last 2 s`, and once the run is done all of it."""
    return "whole run" if sample.phase == "done" else f"last {sample.window_s:g} s"


def count(value: float | None) -> str:
    """`12,345`."""
    return NOT_KNOWN if value is None else f"{value:,.0f}"


def milliseconds(value: float | None) -> str:
    """`1,234`, and `4.2` below ten."""
    return f"{value:.1f}" if value is not None and value < 9.95 else count(value)


def seconds(value: float) -> str:
    """Seconds without the unit: `0.4`, `9.2`, and `46` from ten on."""
    return count(value) if value >= 9.95 else f"{value:.1f}"


def wait(seconds_waited: float) -> str:
    """How long somebody waits, with its unit: `0.64 s`, `9.1 s`, `46 s`, and `2:05 min` from two minutes on."""
    if seconds_waited >= 119.5:
        return f"{format_duration(seconds_waited)} min"
    return f"{seconds_waited:.2f} s" if seconds_waited < 0.995 else f"{seconds(seconds_waited)} s"


def latency(ms: float | None) -> str:
    """A latency with the unit that suits it: `8.0 ms`, `426 ms`, `10.2 s`, `46 s`."""
    if ms is None:
        return NOT_KNOWN
    if ms < 999.5:
        return f"{milliseconds(ms)} ms"
    return f"{ms / 1000:.1f} s" if ms < 19_950 else f"{count(ms / 1000)} s"


def whole(value: float | None, unit: str) -> str:
    """`612W`: a whole number and its unit, without a separator."""
    return NOT_KNOWN if value is None else f"{value:.0f}{unit}"


def percent(value: float | None) -> str:
    """`82 %` from 82.0."""
    return whole(value, " %")


def share(value: float | None) -> str:
    """`82 %` from 0.82."""
    return percent(None if value is None else value * 100)


def gib(value: float | None) -> str:
    """Bytes in GiB without the unit: `7.4`, and `128` from a hundred on."""
    size = None if value is None else value / 2**30
    return f"{size:.1f}" if size is not None and size < 99.95 else whole(size, "")


def axis(value: float) -> str:
    """A label of at most five characters: `800`, `1.2k`, `12k`, `1.5M`."""
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"
