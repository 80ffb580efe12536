"""The live screen. The one place in `stress` that imports `tui`, and itself imported only when it is asked for."""

import time

from stress.duel.picture import DuelHandle
from stress.duel.playing import DuelPlayback
from stress.streamer_safe import Mask
from stress.view.viewer import PlaybackHandle, RunHandle
from tui.app import StressApp
from tui.duel.app import DuelApp, DuelReplayApp
from tui.replay_app import ReplayApp


class ScreenViewer:
    """A `Viewer` that fills the terminal; with a mask it begins streamer-safe."""

    def __init__(self, mask: Mask | None = None) -> None:
        self._mask = mask

    def watch(self, run: RunHandle) -> None:
        """Show the run until it is finished.

        If the screen itself breaks, the run is drained and saved all the same.
        """
        if not run.finished:
            StressApp(run, mask=self._mask, safe=self._mask is not None).run(mouse=False)
        if not run.finished:
            run.drain()
        while not run.finished:
            time.sleep(0.05)


def show_replay(playback: PlaybackHandle, mask: Mask | None = None) -> None:
    """Fill the terminal with a recorded run, until the viewer leaves."""
    ReplayApp(playback, mask=mask, safe=mask is not None).run(mouse=False)


def watch_duel(duel: DuelHandle, mask: Mask | None = None) -> None:
    """Fill the terminal with a duel until it is finished; if the screen breaks, the duel is drained all the same."""
    if not duel.finished:
        DuelApp(duel, mask=mask, safe=mask is not None).run(mouse=False)
    if not duel.finished:
        duel.drain()


def show_duel_replay(playback: DuelPlayback, mask: Mask | None = None) -> None:
    """Fill the terminal with a recorded duel, until the viewer leaves."""
    DuelReplayApp(playback, playback, mask=mask, safe=mask is not None).run(mouse=False)
