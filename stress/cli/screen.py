"""How a run or a duel is watched: the options that say so, and the one place that chooses the viewer."""

import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from stress.errors import UsageError
from stress.session.declare import Options, option
from stress.view.themes import known_theme

if TYPE_CHECKING:  # --help has no time for them
    from stress.privacy.redactor import Redactor
    from stress.runs.handle import RunHandle

UiName = Literal["tui", "plain", "json", "none"]
_UIS: tuple[UiName, ...] = ("tui", "plain", "json", "none")
LayoutName = Literal["auto", "stage"]
_LAYOUTS: tuple[LayoutName, ...] = ("auto", "stage")


def parse_ui(text: str) -> UiName:
    """The viewer to use; `auto` is the live screen on a terminal that can draw, and plain lines otherwise.

    Raises:
        UsageError: there is no such viewer, or the screen is asked for where it cannot be drawn.
    """
    terminal = all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))  # the screen draws on stderr
    dumb = os.environ.get("TERM") == "dumb"
    if text == "auto":
        return "tui" if terminal and not dumb else "plain"
    if text not in _UIS:
        raise UsageError(f"--ui {text!r} does not exist; use auto, tui, plain, json or none.")
    if text == "tui" and not terminal:
        raise UsageError("--ui tui needs a terminal for input and output, and one of them is not; use plain or json.")
    if text == "tui" and dumb:
        raise UsageError("--ui tui cannot draw on this terminal (TERM=dumb); use plain, or set TERM to its real type.")
    return text


def parse_layout(text: str) -> LayoutName:
    """How the screen is laid out to begin with: `auto` is what suits its size, `stage` the large numbers alone.

    Raises:
        UsageError: there is no such layout.
    """
    if text not in _LAYOUTS:
        raise UsageError(f"--layout {text!r} is not known; use auto or stage.")
    return text


@dataclass(frozen=True, kw_only=True)
class ScreenOptions(Options):
    """Who shows the run, and how."""

    ui: UiName = option(
        "Screen",
        "How to watch; auto is the live screen (tui) on a terminal, else plain lines.",
        "auto|tui|plain|json|none",
        "auto",
        shell=str,
        parse=parse_ui,
    )
    theme: str | None = option(
        "Screen",
        "Colours: dark, light, colour-blind, sixteen or mono. [default: what suits the terminal]",
        "NAME",
        parse=lambda name: None if name is None else known_theme(name),
    )

    log: bool = option("Screen", "Draw throughput on a logarithmic axis.", None, False)
    layout: LayoutName = option(
        "Screen",
        "Layout: auto shows every panel that fits; stage shows only giant numbers, for a stream. Key 0 switches.",
        "auto|stage",
        "auto",
        shell=str,
        parse=parse_layout,
    )

    def show(self, run: "RunHandle", redactor: "Redactor | None", ghost: Path | None = None) -> None:
        """Show a run or a duel, in progress or recorded, until it is finished.

        Args:
            run: a `DuelHandle` is shown as a duel.
            redactor: what hides what is private; None: nothing is hidden.
            ghost: a recorded run that the screen can show beside this one.
        """
        # Each viewer is loaded only when it is asked for.
        if self.ui == "tui":
            from tui.start import ScreenViewer

            ScreenViewer(self.theme, redactor, ghost, log=self.log, stage=self.layout == "stage").watch(run)
        elif self.ui == "plain":
            from stress.view.plain import write_plain

            write_plain(run, sys.stderr, redactor)
        elif self.ui == "json":
            from stress.view.jsonlines import write_json

            write_json(run, sys.stdout.buffer, redactor)
        else:
            run.wait(None)

    @property
    def sums_up_beside_errors(self) -> bool:
        """Whoever sees the summary sees stderr right below it: both are a terminal."""
        return self.ui in ("tui", "plain") and sys.stdout.isatty() and sys.stderr.isatty()

    def sum_up(self, lines: list[str], redactor: "Redactor | None") -> None:
        """Print what it came to: on stdout, on stderr where stdout carries JSON, and with `--ui none` nowhere."""
        from stress.view.status_line import StatusLine

        if self.ui != "none":
            stream = sys.stderr if self.ui == "json" else sys.stdout
            apart = [""] * stream.isatty()  # from the lines of progress, which are on the same terminal
            with contextlib.suppress(BrokenPipeError):
                StatusLine(stream, redactor).say(*apart, *lines)
