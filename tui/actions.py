"""What a viewer can do, in one list: keys, the line of keys, the palette and the help are made from it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from textual.binding import Binding, BindingType

from stress.runs.handle import Control, RunHandle

LEAPS = 20
"""The planned ramp's most agents divided by this are added or taken away at once, and one agent at least."""


class Screen(Protocol):
    """What actions act on."""

    @property
    def run_handle(self) -> RunHandle:
        """What is shown."""

    def send(self, control: Control, answer: str = "") -> None:
        """Ask the run for this, and show this short answer for a moment, or why it is refused."""

    def say(self, text: str) -> None:
        """Show a short answer to a key for a moment."""

    def next_theme(self) -> None:
        """Take the next theme, and name it."""

    def toggle_safe(self) -> None:
        """Hide what is private, or show it again."""

    def next_gpu_view(self) -> None:
        """Show the next of the GPUs' metrics."""

    def fill_with(self, number: int) -> None:
        """Let one panel fill the screen, by its number from 1 on; the one that does: back to all."""

    def find_agent(self) -> None:
        """Let the viewer choose an agent to look at."""

    def toggle_duel(self) -> None:
        """Go to the screen that has the ghost beside the run, or back."""

    def take_picture(self) -> None:
        """Save the screen as SVG and PNG."""

    def open_palette(self) -> None:
        """Open the list of everything that can be done."""

    def show_help(self, on: bool | None = None) -> None:
        """Show the help or hide it; None: whichever it is not."""

    def go_back(self) -> None:
        """Close what lies over the screen, or the one panel that fills it."""

    def leave(self) -> None:
        """Drain the run; if it drains already, stop it at once."""


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
    do: Callable[[Screen], None]
    always: bool = False
    """Even while a widget takes the keyboard's input."""
    views: bool = False
    """It changes the screen alone: the run would not know of it, so it is put into its record."""


def ask(name: str, value: int | None = None, answer: str = "") -> Callable[[Screen], None]:
    """Does what asks the run for this control, and says the answer where it is taken."""
    return lambda screen: screen.send(Control(name, value), answer)


def _hold(screen: Screen) -> None:
    screen.send(Control("resume" if screen.run_handle.snapshot().held else "hold"))


def _leap(direction: int, screen: Screen) -> None:
    planned = [agents for _, agents in screen.run_handle.snapshot().about.plan.points]
    screen.send(Control("step", direction * max(1, round(max(planned, default=1) / LEAPS))))


def _fill(number: int, screen: Screen) -> None:
    screen.fill_with(number)


THEME = Action("theme", ("t",), "t", "", "the next theme, of five", lambda screen: screen.next_theme(), views=True)
HELP = (
    Action("help", ("question_mark",), "?", "help", "show this, or hide it", lambda screen: screen.show_help()),
    Action("close", ("escape",), "esc", "", "close this; from one panel back to all", lambda screen: screen.go_back()),
    Action("palette", ("ctrl+p",), "ctrl+p", "", "the list of all of this", lambda screen: screen.open_palette()),
)
SAFE = Action(
    "safe", ("S",), "S", "", "streamer-safe: hide keys, paths, names, addresses", lambda s: s.toggle_safe(), views=True
)
PICTURE = Action(
    "screenshot", ("s",), "s", "picture", "a picture of the screen: SVG and PNG", lambda s: s.take_picture(), views=True
)
GPUS = Action(
    "GPU view", ("g",), "g", "GPUs", "GPUs: utilisation, power, memory, tensor", lambda s: s.next_gpu_view(), views=True
)
FIND = Action("find", ("slash",), "/", "", "find an agent, and look at it alone", lambda s: s.find_agent(), views=True)
DUEL = Action(
    "duel", ("d",), "d", "", "beside the ghost, as a duel; again: back", lambda s: s.toggle_duel(), views=True
)
_PANELS = ("throughput", "GPUs", "latency", "agents", "conversation", "ramp")
"""By their keys 1 to 6, in the order of `tui.layouts.FILLING`."""
FULL = tuple(
    Action(
        f"{panel} alone",
        (str(number),),
        "1-6",
        "",
        "one panel on the whole screen; again: back" if number == 1 else "",
        partial(_fill, number),
        views=True,
    )
    for number, panel in enumerate(_PANELS, 1)
)
_HOLD = Action("hold", ("space",), "space", "hold", "hold the ramp at its size; again: resume", _hold)
_MARK = Action(
    "mark",
    ("m",),
    "m",
    "mark",
    "mark this moment in the record",
    ask("mark", answer="marked this moment in the record"),
)
_LEAVE = (
    Action("leave", ("q",), "q", "quit", "let the replies in flight finish, and quit", lambda screen: screen.leave()),
    Action("stop", ("x",), "x", "", "stop now: replies in flight are given up", ask("stop")),
    Action(
        "interrupt", ("ctrl+c", "ctrl+q"), "ctrl+c", "", "as q; a second time: as x", lambda s: s.leave(), always=True
    ),
)
ACTIONS = (
    _HOLD,
    Action("more", ("plus", "equals_sign"), "+ -", "agents", "one agent more or fewer than planned", ask("step", 1)),
    Action("fewer", ("minus",), "-", "", "", ask("step", -1)),
    Action("step up", ("right_square_bracket",), "] [", "", "a twentieth of the ramp more or fewer", partial(_leap, 1)),
    Action("step down", ("left_square_bracket",), "[", "", "", partial(_leap, -1)),
    Action(
        "next stage",
        ("n",),
        "n",
        "next stage",
        "go on to the ramp's next stage",
        ask("next_stage", answer="on to the next stage"),
    ),
    _MARK,
    GPUS,
    *FULL,
    FIND,
    DUEL,
    PICTURE,
    THEME,
    *_LEAVE,
    SAFE,
    *HELP,
)
"""While a run goes on."""
DUEL_ACTIONS = (_MARK, GPUS, DUEL, PICTURE, THEME, SAFE, *_LEAVE, *HELP)
"""While a duel goes on: both sides get the same agents for the same time, so nobody adds any or holds the ramp."""


def bindings(actions: Iterable[Action]) -> list[BindingType]:
    """The keys of these actions as Textual wants them."""
    return [
        Binding(key, f"act({action.name!r})", action.label, priority=action.always, system=True)
        for action in actions
        for key in action.keys
    ]
