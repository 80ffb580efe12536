"""`stress burst`: a fixed number of requests, as fast as they go."""

from stress.cli.command import command
from stress.cli.screen import ScreenOptions
from stress.session.options import BurstOptions


def burst(options: BurstOptions, screen: ScreenOptions) -> int:
    """Send N requests at once, or C at a time, and report wall time, tok/s, whether the rate held, and stragglers."""
    from stress.cli.run import run_session

    return run_session(options, screen)


COMMAND = command(
    burst,
    BurstOptions,
    ScreenOptions,
    examples=(
        "stress burst --requests 50 --tokens 2000 --url http://localhost:8000",
        "stress burst --requests 10000 --concurrency 256 --tokens 100",
    ),
)
