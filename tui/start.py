"""The one place that starts the screen; imported only when it is asked for."""

import os
import time
from functools import partial
from pathlib import Path

from rich.console import Console

from stress.duel.ghost_duel import GhostDuel
from stress.duel.snapshot import DuelHandle
from stress.privacy.redactor import Redactor
from stress.runs.handle import Control, RunHandle
from stress.runs.recording import Recording
from stress.runs.replay import Replay
from stress.sweep.ended import EndedSweep
from tui.app import SWITCH, StressApp, Viewing
from tui.duel.app import DuelApp, DuelReplayApp
from tui.replay_app import ReplayApp
from tui.sweep_app import SweepApp
from tui.terminal import Leaving, TerminalDriver
from tui.theme import choose_theme


class ScreenViewer:
    """A `Viewer` that fills the terminal with a run or a duel, in progress or recorded.

    It begins in the theme of this name or in the one that suits the terminal, and with a redactor streamer-safe; with
    the record of a ghost a run in progress can be shown beside it, as a duel. `log`: throughput has a logarithmic
    axis; `stage`: it begins with the large numbers alone.
    """

    def __init__(
        self,
        theme: str | None = None,
        redactor: Redactor | None = None,
        ghost: Path | None = None,
        *,
        log: bool = False,
        stage: bool = False,
    ) -> None:
        # What rich finds of this environment is what Textual will write with.
        colours = choose_theme(theme, os.environ, Console(force_terminal=True).color_system)
        self._viewing = Viewing(colours, redactor is not None, redactor, ghost is not None, log, stage)
        self._ghost = ghost

    def watch(self, run: RunHandle) -> None:
        """Show the run, and at its end what it came to, until the viewer leaves.

        A lost terminal is a SIGHUP. SIGINT, SIGTERM and SIGHUP do what they did before, and the screen ends with the
        run. If the screen itself breaks, the run is drained and saved all the same.
        """
        leaving = Leaving()
        with leaving.on_signals():
            self._show(run, leaving)
            if not run.finished:
                run.control(Control("drain"))
            while not run.finished:
                time.sleep(0.05)

    def _show(self, run: RunHandle, leaving: Leaving) -> None:
        driver = partial(TerminalDriver, leaving=leaving, finished=lambda: run.finished)
        app, beside = _app_for(run)(run, self._viewing), None
        while (not run.finished or run.ending is not None) and not leaving.asked:
            app.driver_class = driver  # type: ignore[assignment] # Textual only calls it
            if app.run(mouse=False) != SWITCH:
                break
            # What the viewer has chosen goes along: above all, whether everything may be shown.
            if isinstance(app, DuelApp):
                app = StressApp(run, app.viewing)
            elif self._ghost is not None:
                beside = beside or GhostDuel(run, Recording(self._ghost))
                app = DuelApp(beside, app.viewing)


def _app_for(run: RunHandle) -> type[StressApp]:
    if isinstance(run, EndedSweep):
        return SweepApp
    if isinstance(run, DuelHandle):
        return DuelReplayApp if isinstance(run, Replay) else DuelApp
    return ReplayApp if isinstance(run, Replay) else StressApp
