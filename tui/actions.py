"""What a viewer can do, in one list: keys, the line of keys and the help are made from it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from textual.binding import Binding, BindingType

from stress.view.viewer import RunHandle


class Screen(Protocol):
    """What actions act on."""

    run_handle: RunHandle

    def say(self, text: str) -> None:
        """Show a short answer to a key for a moment."""
        ...

    def leave(self) -> None:
        """Drain the run; asked again, stop it at once."""
        ...

    def show_help(self, on: bool | None = None) -> None:
        """Show the help or hide it; None: whichever it is not."""
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
    """In a word or two, for the line of keys."""
    help: str
    """What it does; empty where another action's help says it too."""
    do: Callable[[Screen], None]
    always: bool = False
    """Even while a widget takes the keyboard's input."""


def _hold(screen: Screen) -> None:
    screen.run_handle.hold(not screen.run_handle.snapshot().held)


def _more(screen: Screen) -> None:
    screen.run_handle.nudge(1)


def _fewer(screen: Screen) -> None:
    screen.run_handle.nudge(-1)


def _mark(screen: Screen) -> None:
    screen.run_handle.mark()
    screen.say("marked this moment in the record")


HELP = (
    Action("help", ("question_mark",), "?", "help", "show this, or hide it", lambda screen: screen.show_help()),
    Action("close", ("escape",), "esc", "", "close this", lambda screen: screen.show_help(False)),
)
SAFE = Action(
    "safe",
    ("S",),
    "S",
    "",
    "streamer-safe: hide keys, paths, names and addresses, or not",
    lambda screen: screen.toggle_safe(),
)
_HOLD = Action(
    "hold",
    ("space",),
    "space",
    "hold",
    "hold the ramp: the swarm goes on at its size; again: resume",
    _hold,
)
_MARK = Action("mark", ("m",), "m", "mark", "mark this moment in the record", _mark)
_LEAVE = (
    Action(
        "leave",
        ("q",),
        "q",
        "quit",
        "drain and quit: replies in flight may finish; again: stop now",
        lambda screen: screen.leave(),
    ),
    Action(
        "interrupt",
        ("ctrl+c", "ctrl+q"),
        "ctrl+c",
        "",
        "the same as q",
        lambda screen: screen.leave(),
        always=True,
    ),
)
ACTIONS = (
    _HOLD,
    Action("more", ("plus", "equals_sign"), "+", "more", "one agent more than planned, from now on", _more),
    Action("fewer", ("minus",), "-", "fewer", "one agent fewer; it finishes its reply first", _fewer),
    _MARK,
    *_LEAVE,
    SAFE,
    *HELP,
)
"""While a run goes on."""
DUEL_ACTIONS = (_HOLD, _MARK, *_LEAVE, SAFE, *HELP)
"""While a duel goes on: both sides get the same agents, so nobody adds any."""


def bindings(actions: Iterable[Action]) -> list[BindingType]:
    """The keys of these actions as Textual wants them."""
    return [
        Binding(key, f"act({action.name!r})", action.label, priority=action.always, system=True)
        for action in actions
        for key in action.keys
    ]
