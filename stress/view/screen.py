"""The live screen. The one place in `stress` that imports `tui`, and itself imported only when it is asked for."""

import time

from stress.duel.picture import DuelHandle
from stress.duel.playing import DuelPlayback
from stress.view.viewer import PlaybackHandle, RunHandle
from tui.app import StressApp
from tui.duel.app import DuelApp, DuelReplayApp
from tui.replay_app import ReplayApp


class ScreenViewer:
    """A `Viewer` that fills the terminal."""

    def watch(self, run: RunHandle) -> None:
        """Show the run until it is finished.

        If the screen itself breaks, the run is drained and saved all the same.
        """
        if not run.finished:
            StressApp(run).run(mouse=False)
        if not run.finished:
            run.drain()
        while not run.finished:
            time.sleep(0.05)


def show_replay(playback: PlaybackHandle) -> None:
    """Fill the terminal with a recorded run, until the viewer leaves."""
    ReplayApp(playback).run(mouse=False)


def watch_duel(duel: DuelHandle) -> None:
    """Fill the terminal with a duel until it is finished; if the screen breaks, the duel is drained all the same."""
    if not duel.finished:
        DuelApp(duel).run(mouse=False)
    if not duel.finished:
        duel.drain()


def show_duel_replay(playback: DuelPlayback) -> None:
    """Fill the terminal with a recorded duel, until the viewer leaves."""
    DuelReplayApp(playback, playback).run(mouse=False)
