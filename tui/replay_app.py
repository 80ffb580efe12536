"""The same screen for a recorded run: other keys, and where the recording stands."""

from typing import ClassVar, cast

from textual.binding import BindingType

from stress.runs.replay import Replay
from tui.actions import CARD, CLOSE, FIND, FULL, GPUS, HELP, PICTURE, SAFE, THEME, Action, bindings
from tui.app import StressApp

ACTIONS = (
    Action("pause", ("space",), "space", "pause", "pause; again: go on", "pause"),
    Action("on", ("right",), "→", "10 s on", "ten seconds on", "seek(10.0)"),
    Action("back", ("left",), "←", "back", "ten seconds back", "seek(-10.0)"),
    Action("leap", ("up",), "↑", "", "a minute on; ↓: a minute back", "seek(60.0)"),
    Action("leap back", ("down",), "↓", "", "", "seek(-60.0)"),
    Action("faster", ("plus", "equals_sign"), "+", "faster", "twice as fast", "faster(2)"),
    Action("slower", ("minus",), "-", "slower", "half as fast", "faster(0.5)"),
    Action("mark", ("m",), "m", "next mark", "to the next mark; n: to the one before", "to_mark(1)"),
    Action("mark before", ("n",), "n", "", "", "to_mark(-1)"),
    THEME,
    *CLOSE,
    GPUS,
    *FULL,
    FIND,
    CARD,
    PICTURE,
    SAFE,
    *HELP,
)
"""With a recorded run."""


class ReplayApp(StressApp, inherit_bindings=False):
    """Shows a recorded run until its viewer leaves."""

    TITLE = "stress replay"
    actions: ClassVar[tuple[Action, ...]] = ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    @property
    def playback(self) -> Replay:
        return cast("Replay", self.run_handle)  # this screen is given no other run

    def action_pause(self) -> None:
        self.playback.pause(not self.playback.paused)

    def action_seek(self, seconds: float) -> None:
        self.playback.seek(seconds)

    def action_faster(self, factor: float) -> None:
        self.playback.faster(factor)

    def action_to_mark(self, direction: int) -> None:
        label = self.playback.to_mark(direction)
        self.say("no mark there" if label is None else f"at: {label}")
