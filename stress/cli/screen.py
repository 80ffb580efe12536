"""The options that say how a run is watched."""

import sys
from dataclasses import dataclass
from typing import Literal

from stress.errors import UsageError
from stress.session.declare import Options, option
from stress.view.themes import known_theme

UiName = Literal["tui", "plain", "json", "none"]
_UIS: tuple[UiName, ...] = ("tui", "plain", "json", "none")


def parse_ui(text: str) -> UiName:
    """The viewer to use; `auto` is the live screen on a terminal and plain lines elsewhere.

    Raises:
        UsageError: there is no such viewer, or the screen is asked for where there is no terminal.
    """
    terminal = all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))  # the screen draws on stderr
    if text == "auto":
        return "tui" if terminal else "plain"
    if text not in _UIS:
        raise UsageError(f"--ui {text!r} is not known; use auto, tui, plain, json or none.")
    if text == "tui" and not terminal:
        raise UsageError("--ui tui needs a terminal, and this is none; use plain or json.")
    return text


@dataclass(frozen=True, kw_only=True)
class ScreenOptions(Options):
    """Who shows the run, and how."""

    ui: UiName = option(
        "Screen",
        "How to watch: auto is tui on a terminal, else plain.",
        "auto|tui|plain|json|none",
        "auto",
        shell=str,
        parse=parse_ui,
    )
    theme: str | None = option(
        "Screen",
        "Of the screen: dark, light, colour-blind, sixteen or mono. [default: what suits the terminal]",
        "NAME",
        parse=lambda name: None if name is None else known_theme(name),
    )
