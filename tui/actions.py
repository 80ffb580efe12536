"""What a viewer can do, in one list: keys, the line of keys, the palette and the help are made from it."""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True)
class Action:
    """One thing to do, and the keys that do it."""

    name: str
    keys: tuple[str, ...]
    """As Textual names them."""
    caps: str
    """The keys as they are written for people."""
    label: str
    """In a word or two, for the line of keys; empty: not there."""
    help: str
    """What it does; empty where another action's help says it too."""
    do: str
    """The app's method that does it, as Textual writes actions: `fill_with(1)` is `action_fill_with(1)`."""
    always: bool = False
    """Even while a widget takes the keyboard's input."""
    views: bool = False
    """It changes the screen alone: the run would not know of it, so it is put into its record."""


THEME = Action("theme", ("t",), "t", "", "the next theme, of five", "next_theme", views=True)
HELP = (
    Action("help", ("question_mark",), "?", "help", "show this, or hide it", "toggle_help"),
    Action("close", ("escape",), "esc", "", "close this; from one panel back to all", "go_back"),
    Action("palette", ("ctrl+p",), "ctrl+p", "", "the list of all of this", "open_palette"),
)
SAFE = Action("safe", ("S",), "S", "", "streamer-safe: hide keys, paths, names, addresses", "toggle_safe", views=True)
PICTURE = Action(
    "screenshot", ("s",), "s", "picture", "a picture of the screen: SVG and PNG", "take_picture", views=True
)
GPUS = Action("GPU view", ("g",), "g", "GPUs", "GPUs: utilisation, power, memory, tensor", "next_gpu_view", views=True)
FIND = Action("find", ("slash",), "/", "", "find an agent, and look at it alone", "find_agent", views=True)
CARD = Action(
    "card", ("c",), "c", "", "After the end: from the results to the last frame, and back.", "turn_card", views=True
)
DUEL = Action("duel", ("d",), "d", "", "beside the ghost, as a duel; again: back", "toggle_duel", views=True)
_PANELS = ("throughput", "GPUs", "latency", "agents", "conversation", "ramp")
"""By their keys 1 to 6, in the order of `tui.layouts.FILLING`."""
FULL = tuple(
    Action(
        f"{panel} alone",
        (str(number),),
        "1-6",
        "",
        "one panel on the whole screen; again: back" if number == 1 else "",
        f"fill_with({number})",
        views=True,
    )
    for number, panel in enumerate(_PANELS, 1)
)
_MARKED = "marked this moment in the record"
_MARK = Action("mark", ("m",), "m", "mark", "mark this moment in the record", f"ask('mark', None, '{_MARKED}')")
_NEXT = "ask('next_stage', None, 'on to the next stage')"
CLOSE = (
    Action("leave", ("q",), "q", "quit", "Quit.", "leave"),
    Action("interrupt", ("ctrl+c", "ctrl+q"), "ctrl+c", "", "The same as q.", "leave", always=True),
)
"""Where nothing runs."""
_LEAVE = (
    Action("leave", ("q",), "q", "quit", "let the replies in flight finish, and quit", "leave"),
    Action("stop", ("x",), "x", "", "stop now: replies in flight are given up", "ask('stop')"),
    Action("interrupt", ("ctrl+c", "ctrl+q"), "ctrl+c", "", "as q; a second time: as x", "leave", always=True),
)
ACTIONS = (
    Action("hold", ("space",), "space", "hold", "hold the ramp at its size; again: resume", "hold"),
    Action("more", ("plus", "equals_sign"), "+ -", "agents", "one agent more or fewer than planned", "ask('step', 1)"),
    Action("fewer", ("minus",), "-", "", "", "ask('step', -1)"),
    Action("step up", ("right_square_bracket",), "] [", "", "a twentieth of the ramp more or fewer", "leap(1)"),
    Action("step down", ("left_square_bracket",), "[", "", "", "leap(-1)"),
    Action("next stage", ("n",), "n", "next stage", "go on to the ramp's next stage", _NEXT),
    _MARK,
    GPUS,
    *FULL,
    FIND,
    DUEL,
    CARD,
    PICTURE,
    THEME,
    *_LEAVE,
    SAFE,
    *HELP,
)
"""While a run goes on."""
DUEL_ACTIONS = (_MARK, GPUS, DUEL, CARD, PICTURE, THEME, SAFE, *_LEAVE, *HELP)
"""While a duel goes on: both sides get the same agents for the same time, so nobody adds any or holds the ramp."""


def bindings(actions: Iterable[Action]) -> list[BindingType]:
    """The keys of these actions as Textual wants them."""
    return [
        Binding(key, f"act({action.name!r})", action.label, priority=action.always, system=True)
        for action in actions
        for key in action.keys
    ]
