"""A recorded run or duel as a command has it: found, played, watched, and summed up at its end."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from stress.cli.screen import ScreenOptions
from stress.cli.signals import INTERRUPTED, draining, first_interrupts
from stress.duel.record import read_duel
from stress.duel.replay import DuelReplay
from stress.errors import UsageError
from stress.fold.summary import summarise
from stress.privacy.redactor import Redactor
from stress.runs.find import find_run, find_single_run, is_duel
from stress.runs.playback import Playback
from stress.runs.recording import Recording
from stress.runs.replay import Clock, Replay, WaitedClock
from stress.session.result import Result
from stress.view.status_line import StatusLine
from stress.view.summary_table import summary_table
from stress.view.verdict_table import verdict_table


def play(
    runs: Sequence[str], speed: float, screen: ScreenOptions, redactor: Redactor | None, *, skip: bool = True
) -> int:
    """Show a recorded run, or two as a duel, at so many of its seconds in one of ours; returns the exit status.

    With `skip`, long drains are skipped.

    Raises:
        UsageError: as `open_replay`.
    """
    replay = open_replay(runs, speed, time if screen.ui == "tui" else WaitedClock(), skip=skip)
    recordings = [playback.recording for playback in replay.playbacks]
    said = StatusLine(sys.stderr, redactor)
    for recording in recordings:
        where = f"{recording.path}: " if len(recordings) > 1 else ""
        for problem in recording.problems:
            said.say(f"stress: {where}{problem}")
    if screen.ui == "tui":
        with draining(replay) as interrupted:
            screen.show(replay, redactor)
        return INTERRUPTED if interrupted() and replay.position < replay.length else 0
    status = 0
    try:
        with first_interrupts():
            screen.show(replay, redactor)
    except KeyboardInterrupt:
        status = INTERRUPTED
    if isinstance(replay, DuelReplay):
        called = [(name.short, name.full) for name in replay.names]
        lines = verdict_table(called, replay.verdict, replay.differences, replay.place)
    else:
        lines = _summary(replay.playbacks[0])
    screen.sum_up(lines, redactor)
    return status


def open_replay(runs: Sequence[str], speed: float, clock: Clock, *, skip: bool) -> Replay:
    """The one run; or a duel: of two runs, or a recorded one's first round with the verdict on all.

    Raises:
        UsageError: there are no such runs, or more than two.
    """
    if len(runs) == 2:
        left, right = (Recording(find_single_run(run)) for run in runs)
        return DuelReplay(left, right, speed=speed, clock=clock, skip=skip)
    if len(runs) > 2:
        raise UsageError(f"Found {len(runs)} runs; give one, or two to see them as a duel.")
    path = find_run(runs[0])
    if not is_duel(path):
        return Replay(Playback(Recording(path)), speed=speed, clock=clock, skip=skip)
    duel = read_duel(path)
    if duel is None or not duel.rounds:
        raise UsageError(f"{path} is a duel without a finished round; give one of its runs, such as {path}/left-1.")
    left, right = (Recording(Path(os.path.normpath(path / run))) for run in duel.rounds[0])
    words = duel.left, duel.right
    names, verdict = duel.called(), duel.verdict
    return DuelReplay(
        left, right, words=words, names=names, verdict=verdict, place=path, speed=speed, clock=clock, skip=skip
    )


def _summary(playback: Playback) -> list[str]:
    """What the run had come to when its viewer left."""
    recording, record = playback.recording, playback.recording.record
    result = Result(record.state if record else "running", record.cause if record else None, summarise(playback.fold))
    return [recording.about.name, *summary_table(result, str(recording.path))]
