"""`stress replay`: a recorded run, or two as a duel, shown again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stress.cli.command import command
from stress.cli.screen import ScreenOptions
from stress.errors import UsageError
from stress.session.declare import Options, argument, option
from stress.session.options import STREAMER_SAFE

if TYPE_CHECKING:
    from stress.duel.replay import RecordedDuel
    from stress.runs.recording import Recording


def parse_speed(speed: float) -> float:
    """The speed of `--speed`.

    Raises:
        UsageError: it is not a number from 0.25 to 100.
    """
    if not 0.25 <= speed <= 100:
        raise UsageError(f"--speed {speed:g} is out of range; give one from 0.25 to 100.")
    return speed


@dataclass(frozen=True, kw_only=True)
class ReplayOptions(Options):
    """What to show again."""

    runs: list[str] = argument(
        "RUN [RUN]",
        "A run's directory, its name below runs/ or a part of it, 'last', or demo:NAME; two: as a duel.",
    )
    speed: float = option("Screen", "Seconds of the run in one of ours, from 0.25 to 100.", "S", 1.0, parse=parse_speed)
    streamer_safe: bool = STREAMER_SAFE


def replay(options: ReplayOptions, screen: ScreenOptions) -> None:
    """Show a recorded run again, on the same screen: pause, seek, go to its marks, at any speed.

    Two runs, or a recorded duel, are shown side by side, in step from the moment their ramps began; of a duel with
    several rounds the first, and at its end the verdict on all. With --ui plain or json the run is written as it was
    live. Damaged lines are reported, and the rest is shown.
    """
    from stress.cli.play import play, play_duel
    from stress.duel.replay import RecordedDuel
    from stress.privacy.own_facts import own_redactor

    recorded, redactor = recorded_as(options.runs), own_redactor(options.streamer_safe)
    show = play_duel if isinstance(recorded, RecordedDuel) else play
    show(recorded, options.speed, screen.ui, screen.theme, redactor)  # type: ignore[arg-type] # the one for it


def recorded_as(runs: list[str]) -> "Recording | RecordedDuel":
    """The one run; or a duel: of two runs, or a recorded one's first round with the verdict on all.

    Raises:
        UsageError: there are no such runs, or more than two.
    """
    from stress.duel.record import read_duel
    from stress.duel.replay import RecordedDuel, Side
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


COMMAND = command(
    replay,
    ReplayOptions,
    ScreenOptions,
    examples=("stress replay demo:duel --speed 8", "stress replay last --ui plain"),
)
