"""`stress replay`: a recorded run, or two as a duel, shown again."""

from typing import TYPE_CHECKING, Annotated

import typer

from stress.cli import options as opt

if TYPE_CHECKING:
    from stress.duel.replay import RecordedDuel
    from stress.runs.recording import Recording


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
    several rounds the first, and at its end the verdict on all. With --ui plain or json it is told as the live run
    was; what is damaged in its files is said, and the rest is shown.
    """
    from stress.cli.play import play, play_duel
    from stress.duel.replay import RecordedDuel
    from stress.privacy.own_facts import own_redactor

    viewer, colours, pace = opt.parse_ui(ui), opt.parse_theme(theme), opt.parse_speed(speed)
    recorded, redactor = recorded_as(runs), own_redactor(streamer_safe)
    if isinstance(recorded, RecordedDuel):
        play_duel(recorded, pace, viewer, colours, redactor)
    else:
        play(recorded, pace, viewer, colours, redactor)


def recorded_as(runs: list[str]) -> "Recording | RecordedDuel":
    """The one run; or a duel: of two runs, or a recorded one's first round with the verdict on all.

    Raises:
        UsageError: there are no such runs, or more than two.
    """
    from stress.duel.record import read_duel
    from stress.duel.replay import RecordedDuel, Side
    from stress.errors import UsageError
    from stress.runs.find import find_run, find_single_run, is_duel
    from stress.runs.recording import Recording

    if len(runs) == 2:
        left, right = (Side(Recording(find_single_run(run))) for run in runs)
        return RecordedDuel(left, right)
    if len(runs) > 2:
        raise UsageError(f"{len(runs)} runs were given; replay shows one, or two as a duel.")
    path = find_run(runs[0])
    if not is_duel(path):
        return Recording(path)
    record = read_duel(path)
    if record is None or not record.rounds:
        raise UsageError(f"{path} is a duel without a whole round; give one of the runs in it, such as {path}/left-1.")
    left, right = (
        Side(Recording((path / run).resolve()), words)
        for run, words in zip(record.rounds[0], (record.left, record.right), strict=True)
    )
    return RecordedDuel(left, right, record.verdict)
