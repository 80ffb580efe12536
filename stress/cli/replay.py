"""`stress replay`: a recorded run, or two as a duel, shown again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stress.cli import options as opt

if TYPE_CHECKING:
    from stress.duel.verdict import DuelVerdict


def replay(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN [RUN]",
            help="A run's directory, its name below runs/ or a part of it, 'last', or demo:NAME; two: as a duel.",
        ),
    ],
    speed: Annotated[
        float, typer.Option("--speed", metavar="S", help="Seconds of the run in one of ours, from 0.25 to 100.")
    ] = 1.0,
    ui: opt.Ui = "auto",
    theme: opt.Theme = None,
    streamer_safe: opt.StreamerSafe = False,
) -> None:
    """Show a recorded run again, on the same screen: pause, seek, go to its marks, at any speed.

    Two runs, or a recorded duel, are shown side by side, in step from the moment their ramps began; of a duel with
    several rounds the first, and at its end the verdict on all. With --ui plain or
    json it is told as the live run was; what is damaged in its files is said, and the rest is shown.
    """
    from stress.cli.play import play, play_duel
    from stress.duel.playing import Side
    from stress.own_facts import own_mask
    from stress.runs.recording import Recording

    viewer, colours, pace = opt.parse_ui(ui), opt.parse_theme(theme), opt.parse_speed(speed)
    sides, mask = sides_of(runs), own_mask(streamer_safe)
    if len(sides) == 1:
        play(Recording(sides[0][1]), pace, viewer, colours, mask)
        return
    left, right = (Side(Recording(path), words) for words, path in sides)
    play_duel(left, right, verdict_of(runs), pace, viewer, colours, mask)


def sides_of(runs: list[str]) -> list[tuple[str | None, Path]]:
    """The one run, or both of the duel, each with its words where the duel has some.

    Raises:
        UsageError: there are no such runs, or more than two.
    """
    from stress.duel.record import read_duel
    from stress.errors import UsageError
    from stress.runs.find import find_run, find_single_run, is_duel

    if len(runs) == 2:
        return [(None, find_single_run(run)) for run in runs]
    if len(runs) > 2:
        raise UsageError(f"{len(runs)} runs were given; replay shows one, or two as a duel.")
    path = find_run(runs[0])
    if not is_duel(path):
        return [(None, path)]
    record = read_duel(path)
    if record is None or not record.rounds:
        raise UsageError(f"{path} is a duel without a whole round; give one of the runs in it, such as {path}/left-1.")
    left, right = record.rounds[0]
    return [(record.left, (path / left).resolve()), (record.right, (path / right).resolve())]


def verdict_of(runs: list[str]) -> "DuelVerdict | None":
    """What the duel came to that these are; null: they are one run, or two that were given one by one."""
    from stress.duel.record import read_duel
    from stress.runs.find import find_run, is_duel

    if len(runs) != 1 or not is_duel(path := find_run(runs[0])):
        return None
    record = read_duel(path)
    return None if record is None else record.verdict
