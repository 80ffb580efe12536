"""What an engine's log says: how far its start is, and what went wrong."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

TroubleName = Literal[
    "out_of_gpu_memory",
    "does_not_fit",
    "nccl",
    "gpu_error",
    "engine_dead",
    "missing_model",
    "bad_parallelism",
    "port_in_use",
]
"""What an engine's log can say is wrong. `does_not_fit`: weights or KV cache have no room at the start. `gpu_error`: a
GPU refused what it was given."""


class Step(NamedTuple):
    """A line of the log that shows how far the start is; our words for it may hold `{0}`… for the regex's groups."""

    regex: re.Pattern[str]
    words: str


class LogTrouble(NamedTuple):
    """A line of the log that says what is wrong; the advice is a clause, or empty."""

    name: TroubleName
    regex: re.Pattern[str]
    advice: str = ""


def step(regex: str, words: str) -> Step:
    """A step of the start, by its line in the log."""
    return Step(re.compile(regex), words)


def trouble(name: TroubleName, regex: str, advice: str = "") -> LogTrouble:
    """A trouble by its words in the log."""
    return LogTrouble(name, re.compile(regex, re.IGNORECASE), advice)


TORCH = (
    trouble(
        "out_of_gpu_memory",
        r"CUDA out of memory|HIP out of memory|torch\.OutOfMemoryError",
        "use a smaller model, ctx or np, or more GPUs",
    ),
    trouble(
        "nccl",
        r"NCCL error|Watchdog caught collective operation timeout|ncclSystemError|ncclUnhandledCudaError",
        "check the links between the GPUs with `stress doctor`",
    ),
    trouble("port_in_use", r"address already in use", "choose another port"),
)
"""Several engines' logs word these alike, since they stand on the same libraries: PyTorch and NCCL."""

_HARMLESS = re.compile(r"\b(WARNING|WARN|INFO|DEBUG)\b|Warning:")
_EXCEPTION = re.compile(r"(?:^|[\s\]])((?:\w+\.)*[A-Z]\w*(?:Error|Exception|Exit): .+)|(?:^|\s)E\s+(\S.*)")
"""A Python exception with its words; or a line of a logger whose level for errors is E."""
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
