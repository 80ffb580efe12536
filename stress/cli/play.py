"""A recorded run as a command has it: played, watched, and summed up at its end."""

import contextlib
import sys
from typing import TextIO

from stress.duel.replay import DuelReplay, RecordedDuel
from stress.fold.summary import summarise
from stress.privacy.redactor import Redactor
from stress.runs.playback import Playback
from stress.runs.recording import Recording
from stress.runs.replay import Replay, WaitedClock
from stress.session.result import Result
from stress.view.duel_lines import watch_duel_lines
from stress.view.duel_words import verdict_table
from stress.view.status_line import StatusLine
from stress.view.summary_table import summary_table
from stress.view.viewers import lines_viewer


def play(
    recording: Recording, speed: float, ui: str, theme: str | None = None, redactor: Redactor | None = None
) -> None:
    """Show the recording.

    Args:
        recording: what to show.
        speed: seconds of the run in one of ours.
        ui: `tui`, `plain`, `json` or `none`.
        theme: the screen's; null: the one that suits the terminal.
        redactor: what is hidden; null: nothing.
    """
    status = StatusLine(sys.stderr, redactor)
    for problem in recording.problems:
        status.say(f"stress: {problem}")
    playback = Playback(recording)
    if ui == "tui":
        from tui.start import ScreenViewer

        ScreenViewer(theme, redactor).watch(Replay(playback, speed=speed))
        return
    with contextlib.suppress(KeyboardInterrupt):
        lines_viewer(ui, redactor).watch(Replay(playback, speed=speed, clock=WaitedClock()))
    if ui != "none":
        _sum_up(playback, sys.stderr if ui == "json" else sys.stdout, redactor)


def play_duel(
    recorded: RecordedDuel, speed: float, ui: str, theme: str | None = None, redactor: Redactor | None = None
) -> None:
    """Show two recordings side by side; arguments as for `play`."""
    left, right = recorded.left, recorded.right
    status = StatusLine(sys.stderr, redactor)
    for side in (left, right):
        for problem in side.recording.problems:
            status.say(f"stress: {side.recording.path}: {problem}")
    if ui == "tui":
        from tui.start import ScreenViewer

        ScreenViewer(theme, redactor).watch(DuelReplay(recorded, speed))
        return
    duel = DuelReplay(recorded, speed, WaitedClock())
    with contextlib.suppress(KeyboardInterrupt):
        watch_duel_lines(duel, ui, redactor)
    if ui == "none":
        return
    where = f"{left.recording.path} and {right.recording.path}"
    table = verdict_table(left.shown, right.shown, duel.verdict, duel.picture().differences, where)
    with contextlib.suppress(BrokenPipeError):
        StatusLine(sys.stderr if ui == "json" else sys.stdout, redactor).say("", *table.split("\n"))


def _sum_up(playback: Playback, stream: TextIO, redactor: Redactor | None) -> None:
    recording = playback.recording
    state = recording.record.state if recording.record else "running"
    cause = recording.record.cause if recording.record else None
    table = summary_table(Result(state, cause, summarise(playback.fold)), str(recording.path))
    with contextlib.suppress(BrokenPipeError):
        StatusLine(stream, redactor).say("", recording.about.target, *table.split("\n"))
