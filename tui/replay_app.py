"""The same screen for a recorded run: other keys, and the position in the recording."""

from typing import ClassVar, cast

from textual.binding import BindingType

from stress.runs.replay import Replay
from tui.actions import (
    CARD,
    CLOSE,
    DIFFERENCES,
    DUEL,
    DUEL_LOG,
    DUEL_STAGE,
    FIND,
    FULL,
    GPUS,
    HELP,
    LOG,
    PICTURE,
    SAFE,
    STAGE,
    THEME,
    Action,
    bindings,
)
from tui.app import StressApp

ACTIONS = (
    Action("pause", ("space",), "space", "pause", "Pause. Again: play on.", "pause"),
    Action("forward", ("right",), "→", "forward", "Ten seconds forward.", "seek(10.0)"),
    Action("back", ("left",), "←", "back", "Ten seconds back.", "seek(-10.0)"),
    Action("faster", ("plus", "equals_sign"), "+", "faster", "Play twice as fast.", "faster(2)"),
    Action("slower", ("minus",), "-", "slower", "Play half as fast.", "faster(0.5)"),
    CLOSE[0],
    STAGE,
    Action("mark", ("m",), "m", "next mark", "Go to the next mark (m) or the previous one (n).", "to_mark(1)"),
    Action("previous mark", ("n",), "n", "", "", "to_mark(-1)"),
    PICTURE,
    GPUS,
    FIND,
    LOG,
    CARD,
    THEME,
    Action("leap forward", ("up",), "↑ ↓", "", "A minute forward, or a minute back.", "seek(60.0)"),
    Action("leap back", ("down",), "↓", "", "", "seek(-60.0)"),
    *FULL,
    DUEL,
    SAFE,
    CLOSE[1],
    *HELP,
)
"""With a recorded run; those that a viewer needs most come first."""
_OF_A_RUN = {FIND, DUEL, *FULL}
_IN_A_DUEL = {STAGE: (DUEL_STAGE,), LOG: (DUEL_LOG, DIFFERENCES)}
DUEL_ACTIONS = tuple(
    ours for action in ACTIONS if action not in _OF_A_RUN for ours in _IN_A_DUEL.get(action, (action,))
)
"""With a recorded duel."""


class ReplayApp(StressApp, inherit_bindings=False):
    """Shows a recorded run until its viewer leaves."""

    TITLE = "stress replay"
    no_ghost = "This run has no ghost. To see two recorded runs side by side: stress replay RUN RUN."
    actions: ClassVar[tuple[Action, ...]] = ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    @property
    def playback(self) -> Replay:
        return cast("Replay", self.run_handle)  # this screen is given no other run

    def poll(self) -> None:
        super().poll()
        if (news := self.playback.news()) is not None:
            self.say(news)

    def action_pause(self) -> None:
        self.playback.pause(not self.playback.paused)
        self.say("Paused. Press space to play on." if self.playback.paused else "Playing.")

    def action_seek(self, seconds: float) -> None:
        if seconds > 0 and self.playback.position >= self.playback.length:
            self.say("This is the end.")
            return
        if seconds < 0 and self.playback.position <= 0:
            self.say("This is the start.")
            return
        self.playback.seek(seconds)
        self.say(f"{abs(seconds):g} seconds {'forward' if seconds > 0 else 'back'}.")

    def action_faster(self, factor: float) -> None:
        self.playback.faster(factor)
        self.say(f"Playing at {self.playback.speed:g} × the speed of the run.")

    def action_to_mark(self, direction: int) -> None:
        self.say(self.playback.to_mark(direction))
