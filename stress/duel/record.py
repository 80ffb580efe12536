"""`duel.json`: what a duel's directory says of the runs in it."""

from pathlib import Path

import msgspec

from stress.duel.differences import Difference
from stress.duel.verdict import DuelVerdict
from stress.errors import StressError
from stress.privacy.private_text import hosts_in
from stress.privacy.redactor import Redactor, masked
from stress.runs.directory import RunState
from stress.runs.find import DUEL
from stress.runs.naming import TargetName


class DuelRecord(msgspec.Struct, kw_only=True):
    """A duel on disk; each run has a directory beside it, as any run has."""

    left: str
    """As it was written."""
    right: str
    names: tuple[str, str] = ("", "")
    """What viewers call left and right; empty in a record that is older than names."""
    short_names: tuple[str, str] = ("", "")
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

    def called(self) -> tuple[TargetName, TargetName] | None:
        """What viewers call left and right; None: the record does not say."""
        if not all((*self.names, *self.short_names)):
            return None
        left, right = zip(self.names, self.short_names, strict=True)
        return TargetName(full=left[0], short=left[1]), TargetName(full=right[0], short=right[1])


def save_duel(path: Path, record: DuelRecord, redactor: Redactor | None = None) -> None:
    """Write `duel.json` into the duel's directory, with what is private hidden where there is a redactor.

    Raises:
        StressError: it cannot be written.
    """
    if redactor is not None:
        redactor.learn(host for side in (record.left, record.right) for host in hosts_in(side))
    try:
        (path / DUEL).write_bytes(msgspec.json.format(msgspec.json.encode(masked(record, redactor)), indent=2) + b"\n")
    except OSError as error:
        raise StressError(
            f"{path / DUEL} can't be written ({error.strerror}); the runs next to it are complete."
        ) from None


def read_duel(path: Path) -> DuelRecord | None:
    """`duel.json` of a duel's directory; None where there is none that can be read."""
    try:
        return msgspec.json.decode((path / DUEL).read_bytes(), type=DuelRecord)
    except (OSError, msgspec.DecodeError):
        return None
