"""What a viewer can do with a recorded run, in one list as `tui.actions` has it."""

from typing import cast

from stress.runs.replay import Replay
from tui.actions import FIND, FULL, GPUS, HELP, PICTURE, SAFE, THEME, Action, Screen

STEP_S = 10.0
LEAP_S = 60.0


def playback_of(screen: Screen) -> Replay:
    """The run of such a screen."""
    return cast("Replay", screen.run_handle)  # these actions are given to no other screen


def _pause(screen: Screen) -> None:
    playback = playback_of(screen)
    playback.pause(not playback.paused)


def _mark(screen: Screen, direction: int) -> None:
    label = playback_of(screen).to_mark(direction)
    screen.say("no mark there" if label is None else f"at: {label}")


ACTIONS = (
    Action("pause", ("space",), "space", "pause", "pause; again: go on", _pause),
    Action("on", ("right",), "→", "10 s on", "ten seconds on", lambda screen: playback_of(screen).seek(STEP_S)),
    Action("back", ("left",), "←", "back", "ten seconds back", lambda screen: playback_of(screen).seek(-STEP_S)),
    Action("leap", ("up",), "↑", "", "a minute on; ↓: a minute back", lambda screen: playback_of(screen).seek(LEAP_S)),
    Action("leap back", ("down",), "↓", "", "", lambda screen: playback_of(screen).seek(-LEAP_S)),
    Action("faster", ("plus", "equals_sign"), "+", "faster", "twice as fast", lambda s: playback_of(s).faster(2)),
    Action("slower", ("minus",), "-", "slower", "half as fast", lambda s: playback_of(s).faster(0.5)),
    Action("mark", ("m",), "m", "next mark", "to the next mark; n: to the one before", lambda screen: _mark(screen, 1)),
    Action("mark before", ("n",), "n", "", "", lambda screen: _mark(screen, -1)),
    THEME,
    Action("leave", ("q",), "q", "quit", "quit", lambda screen: screen.leave()),
    Action("interrupt", ("ctrl+c", "ctrl+q"), "ctrl+c", "", "the same as q", lambda s: s.leave(), always=True),
    GPUS,
    *FULL,
    FIND,
    PICTURE,
    SAFE,
    *HELP,
)
