"""The same screen for a recorded run: other keys, and where the recording stands."""

from collections.abc import Callable
from typing import ClassVar

from textual.binding import BindingType

from stress.runs.replay import Replay
from stress.units import format_duration
from tui.actions import Action, bindings
from tui.app import StressApp
from tui.replay_actions import ACTIONS, playback_of


class ReplayApp(StressApp, inherit_bindings=False):
    """Shows a recorded run until its viewer leaves."""

    TITLE = "stress replay"
    actions: ClassVar[tuple[Action, ...]] = ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def where(self) -> Callable[[], tuple[str, bool]]:
        return where_of(playback_of(self))

    def poll(self) -> None:
        super().poll()
        self._keys.redraw()  # the position moves also where nothing happens


def where_of(playback: Replay) -> Callable[[], tuple[str, bool]]:
    """Where a recorded run stands, in words, and whether it is paused."""

    def words() -> tuple[str, bool]:
        speed = "PAUSED" if playback.paused else f"{playback.speed:g}×"
        at, length = format_duration(playback.position), format_duration(playback.length)
        return f"REPLAY {speed}  {at} / {length}", playback.paused

    return words
