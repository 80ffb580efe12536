"""`stress replay`: a recorded run, shown again."""

from typing import Annotated

import typer

from stress.cli import options as opt


def replay(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="A run's directory, its name below runs/ or a part of it, or 'last'.")
    ],
    speed: Annotated[
        float, typer.Option("--speed", metavar="S", help="Seconds of the run in one of ours, from 0.25 to 100.")
    ] = 1.0,
    ui: opt.Ui = "auto",
) -> None:
    """Show a recorded run again, on the same screen: pause, seek, go to its marks, at any speed.

    With --ui plain or json it is told as the live run was; what is damaged in its files is said, and the rest is shown.
    """
    from stress.cli.play import play
    from stress.runs.find import find_run
    from stress.runs.recording import Recording

    viewer, pace = opt.parse_ui(ui), opt.parse_speed(speed)
    play(Recording(find_run(run)), pace, viewer)
