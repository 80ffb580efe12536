"""The live screen. The one place in `stress` that imports `tui`, and itself imported only when it is asked for."""

import os
import time
from pathlib import Path

from rich.console import Console

from stress.duel.beside import Beside
from stress.duel.picture import DuelHandle
from stress.duel.playing import DuelPlayback
from stress.runs.recording import Recording
from stress.streamer_safe import Mask
from stress.view.viewer import PlaybackHandle, RunHandle
from tui.app import SWITCH, StressApp
from tui.duel.app import DuelApp, DuelReplayApp
from tui.looks import choose_look
from tui.replay_app import ReplayApp
from tui.theme import Look


class ScreenViewer:
    """A `Viewer` that fills the terminal, in the theme of this name or in the one that suits the terminal.

    With a mask it begins streamer-safe; with the record of a ghost the run can be shown beside it, as a duel.
    """

    def __init__(self, theme: str | None = None, mask: Mask | None = None, ghost: Path | None = None) -> None:
        self._look = _look(theme)
        self._mask = mask
        self._ghost = ghost

    def watch(self, run: RunHandle) -> None:
        """Show the run until it is finished.

        If the screen itself breaks, the run is drained and saved all the same.
        """
        beside, switch = False, True
        while switch and not run.finished:
            switch = self._app(run, beside).run(mouse=False) == SWITCH
            beside = not beside
        if not run.finished:
            run.drain()
        while not run.finished:
            time.sleep(0.05)

    def _app(self, run: RunHandle, beside: bool) -> StressApp:
        """The run's own screen, or the one that it shares with its ghost."""
        safe = self._mask is not None
        if not beside or self._ghost is None:
            return StressApp(run, look=self._look, mask=self._mask, safe=safe, has_ghost=self._ghost is not None)
        duel = Beside(run, Recording(self._ghost))
        return DuelApp(duel, look=self._look, mask=self._mask, safe=safe, has_ghost=True)


def show_replay(playback: PlaybackHandle, theme: str | None = None, mask: Mask | None = None) -> None:
    """Fill the terminal with a recorded run, until the viewer leaves."""
    ReplayApp(playback, look=_look(theme), mask=mask, safe=mask is not None).run(mouse=False)


def watch_duel(duel: DuelHandle, theme: str | None = None, mask: Mask | None = None) -> None:
    """Fill the terminal with a duel until it is finished; if the screen breaks, the duel is drained all the same."""
    if not duel.finished:
        DuelApp(duel, look=_look(theme), mask=mask, safe=mask is not None).run(mouse=False)
    if not duel.finished:
        duel.drain()


def show_duel_replay(playback: DuelPlayback, theme: str | None = None, mask: Mask | None = None) -> None:
    """Fill the terminal with a recorded duel, until the viewer leaves."""
    DuelReplayApp(playback, playback, look=_look(theme), mask=mask, safe=mask is not None).run(mouse=False)


def _look(theme: str | None) -> Look:
    # What rich finds of this environment is what Textual will write with.
    return choose_look(theme, os.environ, Console(force_terminal=True).color_system)
