"""Durations and numbers as people write and read them."""

import math
import re

from stress.errors import UsageError

_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?")


def parse_duration(text: str, where: str = "") -> float:
    """Seconds from `90`, `90s`, `5m` or `1h30m`; `where` stands before the error's sentence.

    Raises:
        UsageError: the text is no such duration.
    """
    match = _DURATION.fullmatch(text.strip())
    if not match or not any(match.groups()):
        raise UsageError(f"{where}'{text}' is not a duration; write it as 90, 90s, 5m or 1h30m.")
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def format_duration(seconds: float) -> str:
    """`1:05` or `1:01:05`, for a clock that is read from across a room."""
    whole = max(0, math.floor(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes}:{secs:02}"


def format_parameters(count: float) -> str:
    """`8.03 B parameters`, or millions of them."""
    return f"{count / 1e9:.2f} B parameters" if count >= 1e9 else f"{count / 1e6:.1f} M parameters"


def format_bytes(count: float) -> str:
    """`1.5 GiB`, in binary units with one decimal."""
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"
