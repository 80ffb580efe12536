"""`stress replay`: a recorded run, or two as a duel, shown again."""

from dataclasses import dataclass

from stress.cli.command import command
from stress.cli.screen import ScreenOptions
from stress.errors import UsageError
from stress.session.declare import argument, option
from stress.session.options import SafeOptions


def parse_speed(speed: float) -> float:
    """The speed of `--speed`.

    Raises:
        UsageError: it is not a number from 0.25 to 100.
    """
    if not 0.25 <= speed <= 100:
        raise UsageError(f"--speed {speed:g} is out of range; give one from 0.25 to 100.")
    return speed


@dataclass(frozen=True, kw_only=True)
class ReplayOptions(SafeOptions):
    """What to show again."""

    runs: list[str] = argument(
        "RUN [RUN]",
        "A run's directory, its name in runs/ or part of it, 'last', or demo:NAME. Two runs: as a duel.",
    )
    speed: float = option("Screen", "Playback speed, from 0.25 to 100 times.", "S", 1.0, parse=parse_speed)
    no_skip: bool = option(
        "Screen", "Play all of a long drain. By default, a drain without news is skipped.", None, False
    )


def replay(options: ReplayOptions, screen: ScreenOptions) -> None:
    """Play a recorded run on the same screen: pause, seek, jump to its highlights, at any speed.

    Two runs, or a recorded duel, play side by side, aligned at the start of their ramps. Of a duel with several rounds
    you see the first, and at the end the verdict on all of them. With --ui plain or json, the lines are those of the
    live run. Damaged lines are reported and skipped.
    """
    from stress.cli.play import play

    play(options.runs, options.speed, screen, options.redactor, skip=not options.no_skip)


COMMAND = command(
    replay,
    ReplayOptions,
    ScreenOptions,
    examples=("stress replay demo:duel --speed 8", "stress replay last --ui plain"),
)
