"""The same screen for a recorded run: other keys, and where the recording stands."""

import time
from collections.abc import Callable
from typing import ClassVar

from textual.binding import BindingType

from stress.privacy.redactor import Redactor
from stress.runs.replay import Replay
from stress.units import format_duration
from tui.actions import Action, bindings
from tui.app import StressApp
from tui.replay_actions import ACTIONS
from tui.theme import DARK, Theme


class ReplayApp(StressApp, inherit_bindings=False):
    """Shows a recorded run until its viewer leaves."""

    TITLE = "stress replay"
    actions: ClassVar[tuple[Action, ...]] = ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(
        self,
        playback: Replay,
        clock: Callable[[], float] = time.monotonic,
        look: Theme = DARK,
        *,
        safe: bool = False,
        redactor: Redactor | None = None,
    ) -> None:
        self._playback = playback
        super().__init__(playback, clock, look, safe=safe, redactor=redactor)

    def where(self) -> Callable[[], tuple[str, bool]]:
        """See StressApp."""
        return where_of(self._playback)

    def poll(self) -> None:
        """See StressApp; the position moves also where nothing happens."""
        super().poll()
        self._keys.redraw()


def where_of(playback: Replay) -> Callable[[], tuple[str, bool]]:
    """Where a recorded run stands, in words, and whether it is paused."""

    def words() -> tuple[str, bool]:
        speed = "PAUSED" if playback.paused else f"{playback.speed:g}×"
        at, length = format_duration(playback.position), format_duration(playback.length)
        return f"REPLAY {speed}  {at} / {length}", playback.paused

    return words
