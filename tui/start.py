"""The live screen. The one place in `stress` that imports `tui`, and itself imported only when it is asked for."""

import os
import time
from pathlib import Path

from rich.console import Console

from stress.duel.ghost_duel import GhostDuel
from stress.duel.replay import DuelReplay
from stress.duel.snapshot import DuelHandle
from stress.privacy.redactor import Redactor
from stress.runs.handle import Control, RunHandle
from stress.runs.recording import Recording
from stress.runs.replay import Replay
from tui.app import SWITCH, StressApp
from tui.duel.app import DuelApp, DuelReplayApp
from tui.replay_app import ReplayApp
from tui.theme import Theme
from tui.themes import choose_theme


class ScreenViewer:
    """A `Viewer` that fills the terminal, in the theme of this name or in the one that suits the terminal.

    With a mask it begins streamer-safe; with the record of a ghost the run can be shown beside it, as a duel.
    """

    def __init__(self, theme: str | None = None, redactor: Redactor | None = None, ghost: Path | None = None) -> None:
        self._look = _look(theme)
        self._redactor = redactor
        self._ghost = ghost
        self._duel: GhostDuel | None = None

    def watch(self, run: RunHandle) -> None:
        """Show the run until it is finished.

        If the screen itself breaks, the run is drained and saved all the same.
        """
        app = self._alone(run, self._look, safe=self._redactor is not None)
        while not run.finished and app.run(mouse=False) == SWITCH:
            # What the viewer has chosen goes along: above all, whether everything may be shown.
            other = self._alone if isinstance(app, DuelApp) else self._beside
            app = other(run, app.look, safe=app.safe)
        if not run.finished:
            run.control(Control("drain"))
        while not run.finished:
            time.sleep(0.05)

    def _alone(self, run: RunHandle, look: Theme, *, safe: bool) -> StressApp:
        return StressApp(run, look=look, redactor=self._redactor, safe=safe, has_ghost=self._ghost is not None)

    def _beside(self, run: RunHandle, look: Theme, *, safe: bool) -> StressApp:
        """The run beside its ghost, whose record is read once."""
        if self._duel is None and self._ghost is not None:
            self._duel = GhostDuel(run, Recording(self._ghost))
        assert self._duel is not None  # without a ghost nobody gets here
        return DuelApp(run, self._duel.picture, look=look, redactor=self._redactor, safe=safe, has_ghost=True)


def show_replay(playback: Replay, theme: str | None = None, redactor: Redactor | None = None) -> None:
    """Fill the terminal with a recorded run, until the viewer leaves."""
    ReplayApp(playback, look=_look(theme), redactor=redactor, safe=redactor is not None).run(mouse=False)


def watch_duel(duel: DuelHandle, theme: str | None = None, redactor: Redactor | None = None) -> None:
    """Fill the terminal with a duel until it is finished; if the screen breaks, the duel is drained all the same."""
    if not duel.finished:
        DuelApp(duel, duel.picture, look=_look(theme), redactor=redactor, safe=redactor is not None).run(mouse=False)
    if not duel.finished:
        duel.control(Control("drain"))


def show_duel_replay(playback: DuelReplay, theme: str | None = None, redactor: Redactor | None = None) -> None:
    """Fill the terminal with a recorded duel, until the viewer leaves."""
    DuelReplayApp(playback, playback.picture, look=_look(theme), redactor=redactor, safe=redactor is not None).run(
        mouse=False
    )


def _look(theme: str | None) -> Theme:
    # What rich finds of this environment is what Textual will write with.
    return choose_theme(theme, os.environ, Console(force_terminal=True).color_system)
