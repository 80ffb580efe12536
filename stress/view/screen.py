"""The live screen. The one place in `stress` that imports `tui`, and itself imported only when it is asked for."""

import time

from stress.view.viewer import PlaybackHandle, RunHandle
from tui.app import StressApp
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
