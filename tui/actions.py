"""What a viewer can do, in one list: keys, the line of keys, the palette and the help are made from it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from textual.binding import Binding, BindingType

from stress.runs.handle import RunHandle

STEPS = 20
"""A step is the planned ramp's most agents divided by this, and one agent at least."""


class Screen(Protocol):
    """What actions act on."""

    run_handle: RunHandle

    def say(self, text: str) -> None:
        """Show a short answer to a key for a moment."""
        ...

    def next_theme(self) -> None:
        """Take the next look, and name it."""
        ...

    def leave(self) -> None:
        """Drain the run; asked again, stop it at once."""
        ...

    def show_help(self, on: bool | None = None) -> None:
        """Show the help or hide it; None: whichever it is not."""
        ...

    def go_back(self) -> None:
        """Close what lies over the screen, or the one panel that fills it."""
        ...

    def fill_with(self, number: int) -> None:
        """Let one panel fill the screen, by its number from 1 on; the one that does: back to all."""
        ...

    def next_gpu_view(self) -> None:
        """Show the next of the GPUs' metrics."""
        ...

    def take_picture(self) -> None:
        """Save the screen as a picture."""
        ...

    def find_agent(self) -> None:
        """Let the viewer choose an agent to look at."""
        ...

    def toggle_duel(self) -> None:
        """Go to the screen that has the ghost beside the run, or back."""
        ...

    def open_palette(self) -> None:
        """Open the list of everything that can be done."""
        ...

    def toggle_safe(self) -> None:
        """Hide what is private, or show it again."""
        ...


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


def _hold(screen: Screen) -> None:
    screen.run_handle.hold(not screen.run_handle.snapshot().held)


def _nudge(agents: int, screen: Screen) -> None:
    screen.run_handle.nudge(agents)


def _step(direction: int, screen: Screen) -> None:
    planned = [agents for _, agents in screen.run_handle.snapshot().about.plan.points]
    screen.run_handle.nudge(direction * max(1, round(max(planned, default=1) / STEPS)))


def _next_stage(screen: Screen) -> None:
    screen.run_handle.next_stage()
    screen.say("on to the next stage")


def _mark(screen: Screen) -> None:
    screen.run_handle.mark()
    screen.say("marked this moment in the record")


def _stop(screen: Screen) -> None:
    screen.run_handle.stop()


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
_MARK = Action("mark", ("m",), "m", "mark", "mark this moment in the record", _mark)
_LEAVE = (
    Action("leave", ("q",), "q", "quit", "let the replies in flight finish, and quit", lambda screen: screen.leave()),
    Action("stop", ("x",), "x", "", "stop now: replies in flight are given up", _stop),
    Action(
        "interrupt", ("ctrl+c", "ctrl+q"), "ctrl+c", "", "as q; a second time: as x", lambda s: s.leave(), always=True
    ),
)
ACTIONS = (
    _HOLD,
    Action(
        "more", ("plus", "equals_sign"), "+ -", "agents", "one agent more or fewer than planned", partial(_nudge, 1)
    ),
    Action("fewer", ("minus",), "-", "", "", partial(_nudge, -1)),
    Action("step up", ("right_square_bracket",), "] [", "", "a twentieth of the ramp more or fewer", partial(_step, 1)),
    Action("step down", ("left_square_bracket",), "[", "", "", partial(_step, -1)),
    Action("next stage", ("n",), "n", "next stage", "go on to the ramp's next stage", _next_stage),
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
