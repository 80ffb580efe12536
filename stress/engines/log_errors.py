"""What a log says went wrong, where no engine's own table of troubles knows the line."""

import re
from collections.abc import Sequence

_HARMLESS = re.compile(r"\b(WARNING|WARN|INFO|DEBUG)\b|Warning:")
_EXCEPTION = re.compile(r"(?:^|[\s\]])((?:\w+\.)*[A-Z]\w*(?:Error|Exception|Exit): .+)|(?:^|\s)E\s+(\S.*)")
"""A Python exception with its words; or a line of llama.cpp's level E."""
_MARKED = re.compile(r"(?:^|\s)(?:\[?ERROR\]?|error|Error|ERR|FATAL|fatal)[:\s]\s*(\S.*)")


def first_error(log: Sequence[str]) -> str | None:
    """What a log says went wrong: its first exception, with its words, else the first line marked as an error.

    The first is what the others follow from.
    """
    serious = [line for line in log if not _HARMLESS.search(line)]
    for pattern in (_EXCEPTION, _MARKED):
        if found := next((match for line in serious if (match := pattern.search(line))), None):
            return next(group for group in found.groups() if group)
    return None
