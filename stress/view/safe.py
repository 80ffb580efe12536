"""A run, or a duel, as it may be shown on a stream: the same handle, its pictures masked."""

from typing import Any, cast

from stress.duel.snapshot import DuelHandle, DuelSnapshot
from stress.fold.snapshot import Snapshot
from stress.privacy.redactor import Redactor
from stress.runs.handle import RunHandle


def safe_run(run: RunHandle, redactor: Redactor | None) -> RunHandle:
    """The run with masked snapshots; without a mask as it is."""
    return run if redactor is None else cast("RunHandle", _Masked(run, redactor))


def safe_duel(duel: DuelHandle, redactor: Redactor | None) -> DuelHandle:
    """The duel with masked pictures; without a mask as it is."""
    return duel if redactor is None else cast("DuelHandle", _Masked(duel, redactor))


def safe_text(text: str, redactor: Redactor | None) -> str:
    """The lines masked one by one; without a mask as they are."""
    return text if redactor is None else "\n".join(map(redactor.text, text.split("\n")))


class _Masked:
    """Everything else is the handle's own."""

    def __init__(self, shown: Any, redactor: Redactor) -> None:
        self._shown = shown
        self._redactor = redactor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shown, name)

    def snapshot(self) -> Snapshot:
        return self._redactor.snapshot(self._shown.snapshot())

    def picture(self) -> DuelSnapshot:
        return self._redactor.picture(self._shown.picture())
