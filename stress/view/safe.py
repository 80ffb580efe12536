"""A run, or a duel, as it may be shown on a stream: the same handle, its pictures masked."""

from typing import Any, TypeVar, cast

from stress.duel.snapshot import DuelHandle, DuelSnapshot
from stress.fold.snapshot import Snapshot
from stress.privacy.redactor import Redactor
from stress.runs.handle import RunHandle

_Handle = TypeVar("_Handle", RunHandle, DuelHandle)


def safe(handle: _Handle, redactor: Redactor | None) -> _Handle:
    """The run or the duel with masked pictures; without a mask as it is."""
    return handle if redactor is None else cast("_Handle", _Masked(handle, redactor))


class _Masked:
    """Everything else is the handle's own."""

    def __init__(self, shown: Any, redactor: Redactor) -> None:
        self._shown = shown
        self._redactor = redactor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shown, name)

    def snapshot(self) -> Snapshot:
        """See RunHandle."""
        return self._redactor.snapshot(self._shown.snapshot())

    def picture(self) -> DuelSnapshot:
        """See DuelHandle."""
        return self._redactor.picture(self._shown.picture())
