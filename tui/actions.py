"""What a viewer can do, in one list: keys, the line of keys and the help are made from it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

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

    def toggle_help(self) -> None:
        """Show the help, or hide it."""
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


ACTIONS = (
    Action(
        "hold",
        ("space",),
        "space",
        "hold",
        "Hold the ramp: the swarm goes on at its present size. Again: let it go on.",
        _hold,
    ),
    Action("more", ("plus", "equals_sign"), "+", "agent", "One agent more than planned, from now on.", _more),
    Action("fewer", ("minus",), "-", "agent", "One agent fewer; it finishes its reply first.", _fewer),
    Action("mark", ("m",), "m", "mark", "Mark this moment in the record.", _mark),
    Action(
        "leave",
        ("q",),
        "q",
        "drain and quit",
        "Drain and quit: replies in flight may finish, then all is saved. Again: stop at once.",
        lambda screen: screen.leave(),
    ),
    Action(
        "interrupt",
        ("ctrl+c", "ctrl+q"),
        "ctrl+c",
        "",
        "The same as q.",
        lambda screen: screen.leave(),
        always=True,
    ),
    Action("help", ("question_mark",), "?", "help", "Show this, or hide it.", lambda s: s.toggle_help()),
)
