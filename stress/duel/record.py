"""`duel.json`: what a duel's directory says of the runs in it."""

from pathlib import Path

import msgspec

from stress.duel.differences import Difference
from stress.duel.verdict import DuelVerdict
from stress.errors import StressError
from stress.privacy.redactor import Redactor, masked
from stress.runs.directory import RunState
from stress.runs.find import DUEL


class DuelRecord(msgspec.Struct, kw_only=True):
    """A duel on disk; each run has a directory beside it, as any run has."""

    left: str
    """As it was written."""
    right: str
    argv: list[str]
    at_once: bool
    """Both ran at the same time; else in turns."""
    seed: int
    rounds: list[tuple[str, str]] = []
    """Those that are whole: the directories of left's run and right's."""
    differences: tuple[Difference, ...] = ()
    verdict: DuelVerdict | None = None
    state: RunState = "running"
    cause: str | None = None
    """Why it did not end as `done`."""


def save_duel(path: Path, record: DuelRecord, redactor: Redactor | None = None) -> None:
    """Write `duel.json` into the duel's directory, with what is private hidden where there is a redactor.

    Raises:
        StressError: it cannot be written.
    """
    try:
        (path / DUEL).write_bytes(msgspec.json.format(msgspec.json.encode(masked(record, redactor)), indent=2) + b"\n")
    except OSError as error:
        raise StressError(
            f"{path / DUEL} cannot be written ({error.strerror}); the runs beside it are whole."
        ) from None


def read_duel(path: Path) -> DuelRecord | None:
    """`duel.json` of a duel's directory; None where there is none that can be read."""
    try:
        return msgspec.json.decode((path / DUEL).read_bytes(), type=DuelRecord)
    except (OSError, msgspec.DecodeError):
        return None
