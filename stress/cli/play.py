"""A recorded run as a command has it: played, watched, and summed up at its end."""

import contextlib
import sys
from typing import TextIO

from stress.duel.replay import DuelReplay, RecordedDuel
from stress.fold.summary import summarise
from stress.privacy.redactor import Redactor, masked
from stress.runs.playback import Playback
from stress.runs.recording import Recording
from stress.runs.replay import Replay, WaitedClock
from stress.session.result import Result
from stress.view.duel_words import verdict_table
from stress.view.safe import safe_text
from stress.view.summary_table import summary_table


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
    for problem in recording.problems:
        print(f"stress: {masked(problem, redactor)}", file=sys.stderr)
    playback = Playback(recording)
    if ui == "tui":
        from tui.start import ScreenViewer

        ScreenViewer(theme, redactor).watch(Replay(playback, speed=speed))
        return
    with contextlib.suppress(KeyboardInterrupt):
        _tell(playback, speed, ui, redactor)
    if ui != "none":
        _sum_up(playback, sys.stderr if ui == "json" else sys.stdout, redactor)


def play_duel(
    recorded: RecordedDuel, speed: float, ui: str, theme: str | None = None, redactor: Redactor | None = None
) -> None:
    """Show two recordings side by side; arguments as for `play`."""
    left, right = recorded.left, recorded.right
    for side in (left, right):
        for problem in side.recording.problems:
            print(f"stress: {masked(f'{side.recording.path}: {problem}', redactor)}", file=sys.stderr)
    if ui == "tui":
        from tui.start import ScreenViewer

        ScreenViewer(theme, redactor).watch(DuelReplay(recorded, speed))
        return
    duel = DuelReplay(recorded, speed, WaitedClock())
    with contextlib.suppress(KeyboardInterrupt):
        _tell_duel(duel, ui, redactor)
    if ui == "none":
        return
    where = f"{left.recording.path} and {right.recording.path}"
    table = verdict_table(left.shown, right.shown, duel.verdict, duel.picture().differences, where)
    with contextlib.suppress(BrokenPipeError):
        print(f"\n{safe_text(table, redactor)}", file=sys.stderr if ui == "json" else sys.stdout)


def _tell_duel(duel: DuelReplay, ui: str, redactor: Redactor | None) -> None:
    if ui == "json":
        from stress.view.duel_lines import JsonDuelViewer

        JsonDuelViewer(redactor=redactor).watch(duel)
    elif ui == "plain":
        from stress.view.duel_lines import PlainDuelViewer

        PlainDuelViewer(redactor=redactor).watch(duel)
    else:
        duel.wait(None)


def _tell(playback: Playback, speed: float, ui: str, redactor: Redactor | None) -> None:
    run = Replay(playback, speed=speed, clock=WaitedClock())
    if ui == "json":
        from stress.view.jsonlines import JsonViewer

        JsonViewer(redactor=redactor).watch(run)
    elif ui == "plain":
        from stress.view.plain import PlainViewer

        PlainViewer(redactor=redactor).watch(run)
    else:
        run.wait(None)


def _sum_up(playback: Playback, stream: TextIO, redactor: Redactor | None) -> None:
    recording = playback.recording
    state = recording.record.state if recording.record else "running"
    cause = recording.record.cause if recording.record else None
    table = summary_table(Result(state, cause, summarise(playback.fold)), str(recording.path))
    told = safe_text(f"{recording.about.target}\n{table}", redactor)
    with contextlib.suppress(BrokenPipeError):
        print(f"\n{told}", file=stream)
