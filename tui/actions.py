"""What a viewer can do, in one list: keys, the line of keys, the palette and the help are made from it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

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
    """What it does, in a sentence; empty where another action's help says it too."""
    do: str
    """The app's method that does it, as Textual writes actions: `fill_with(1)` is `action_fill_with(1)`."""
    always: bool = False
    """Even while a widget takes the keyboard's input."""
    views: bool = False
    """It changes the screen alone: the run would not know of it, so it is put into its record."""


THEME = Action("theme", ("t",), "t", "theme", "Use the next of the five colour themes.", "next_theme", views=True)
HELP = (
    Action("help", ("question_mark",), "?", "help", "Show this help, or close it.", "toggle_help"),
    Action("close", ("escape",), "esc", "", "Close this help, or bring all panels back.", "go_back"),
    Action("palette", ("ctrl+p",), "ctrl+p", "", "List every action; type to find one.", "open_palette"),
)
SAFE = Action(
    "safe",
    ("S",),
    "S",
    "",
    "Streamer-safe: hide keys, paths, names and addresses. Again: show them.",
    "toggle_safe",
    views=True,
)
PICTURE = Action(
    "screenshot", ("s",), "s", "picture", "Save a picture of the screen, as SVG and PNG.", "take_picture", views=True
)
STAGE = Action(
    "stage",
    ("0",),
    "0",
    "stage",
    "For a stream: giant numbers, the curve and the GPUs alone. Again: all panels.",
    "toggle_stage",
    views=True,
)
DUEL_STAGE = replace(STAGE, help="For a stream: the giant ratio and both speeds alone. Again: all panels.")
GPUS = Action(
    "GPU view",
    ("g",),
    "g",
    "GPUs",
    "Change what the GPU bars show: utilisation, power, memory or tensor cores.",
    "next_gpu_view",
    views=True,
)
FIND = Action("find", ("slash",), "/", "find", "Find an agent and show it alone.", "find_agent", views=True)
DUEL = Action(
    "duel",
    ("d",),
    "d",
    "",
    "Show the run beside its ghost, as a duel. Again: the run alone.",
    "toggle_duel",
    views=True,
)
LOG = Action(
    "log axis", ("l",), "l", "", "Draw tok/s on a logarithmic axis. Again: a linear one.", "toggle_log", views=True
)
DIFFERENCES = Action(
    "differences",
    ("f",),
    "f",
    "differences",
    "Show everything that differs between the two. Again: the duel.",
    "toggle_differences",
    views=True,
)
CARD = Action(
    "card", ("c",), "c", "", "After the end: show the results card. Again: the last frame.", "turn_card", views=True
)
_PANELS = ("throughput", "GPUs", "latency", "agents", "conversation", "ramp")
"""By their keys 1 to 6, in the order of `tui.layouts.FILLING`."""
_ALONE = ", ".join(f"{number} {panel}" for number, panel in enumerate(_PANELS, 1))
FULL = tuple(
    Action(
        f"{panel} alone",
        (str(number),),
        "1-6",
        "",
        f"Show one panel alone: {_ALONE}. Again: all panels." if number == 1 else "",
        f"fill_with({number})",
        views=True,
    )
    for number, panel in enumerate(_PANELS, 1)
)
CLOSE = (
    Action("leave", ("q",), "q", "quit", "Quit.", "leave"),
    Action("interrupt", ("ctrl+c", "ctrl+q"), "ctrl+c", "", "The same as q.", "leave", always=True),
)
"""Where nothing runs."""
_MARK = Action(
    "mark",
    ("m",),
    "m",
    "mark",
    "Mark this moment in the record. A replay can jump to it.",
    "ask('mark', None, 'Marked. A replay can jump to this moment.')",
)
_LEAVE = Action("leave", ("q",), "q", "quit", "Let the replies in flight finish, save and quit.", "leave")
_STOP = (
    Action("stop", ("x",), "x", "", "Stop at once and save. Replies in flight are given up.", "stop"),
    Action(
        "interrupt", ("ctrl+c", "ctrl+q"), "ctrl+c", "", "The same as q; pressed again, as x.", "leave", always=True
    ),
)
ACTIONS = (
    Action("hold", ("space",), "space", "hold", "Hold the ramp at its present size. Again: resume.", "hold"),
    Action("more", ("plus", "equals_sign"), "+ -", "agents", "One agent more or fewer than planned.", "step(1)"),
    Action("fewer", ("minus",), "-", "", "", "step(-1)"),
    _MARK,
    _LEAVE,
    PICTURE,
    STAGE,
    GPUS,
    FIND,
    Action("next stage", ("n",), "n", "next stage", "Go on to the ramp's next stage.", "next_stage"),
    LOG,
    CARD,
    THEME,
    Action(
        "step up",
        ("right_square_bracket",),
        "] [",
        "",
        "More or fewer agents at once: a twentieth of the ramp's most.",
        "leap(1)",
    ),
    Action("step down", ("left_square_bracket",), "[", "", "", "leap(-1)"),
    *FULL,
    DUEL,
    SAFE,
    *_STOP,
    *HELP,
)
"""While a run goes on; those that a streamer needs most come first."""
DUEL_LOG = replace(LOG, label="log axis")
"""The slower side is a flat line otherwise."""
DUEL_ACTIONS = (
    _MARK,
    _LEAVE,
    PICTURE,
    DUEL_STAGE,
    DUEL_LOG,
    DIFFERENCES,
    CARD,
    GPUS,
    THEME,
    DUEL,
    SAFE,
    *_STOP,
    *HELP,
)
"""While a duel goes on: both sides get the same agents for the same time, so nobody adds any or holds the ramp."""


def bindings(actions: Iterable[Action]) -> list[BindingType]:
    """The keys of these actions as Textual wants them."""
    return [
        Binding(key, f"act({action.name!r})", action.label, priority=action.always, system=True)
        for action in actions
        for key in action.keys
    ]
