"""A run, or a duel, as it may be shown on a stream: the same handle, its pictures masked."""

from typing import Any, cast

from stress.duel.picture import DuelHandle, Picture
from stress.snapshot import Snapshot
from stress.streamer_safe import Mask
from stress.view.viewer import RunHandle


def safe_run(run: RunHandle, mask: Mask | None) -> RunHandle:
    """The run with masked snapshots; without a mask as it is."""
    return run if mask is None else cast("RunHandle", _Masked(run, mask))


def safe_duel(duel: DuelHandle, mask: Mask | None) -> DuelHandle:
    """The duel with masked pictures; without a mask as it is."""
    return duel if mask is None else cast("DuelHandle", _Masked(duel, mask))


def safe_text(text: str, mask: Mask | None) -> str:
    """The lines masked one by one; without a mask as they are."""
    return text if mask is None else "\n".join(map(mask.text, text.split("\n")))


class _Masked:
    """Everything else is the handle's own."""

    def __init__(self, shown: Any, mask: Mask) -> None:
        self._shown = shown
        self._mask = mask

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shown, name)

    def snapshot(self) -> Snapshot:
        """See RunHandle."""
        return self._mask.snapshot(self._shown.snapshot())

    def picture(self) -> Picture:
        """See DuelHandle."""
        return self._mask.picture(self._shown.picture())
