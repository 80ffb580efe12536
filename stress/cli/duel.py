"""`stress duel`: two targets, the same work, one verdict."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from stress.cli.command import command
from stress.cli.screen import ScreenOptions
from stress.session.options import DuelOptions

if TYPE_CHECKING:
    from stress.duel.record import DuelRecord
    from stress.privacy.redactor import Redactor


def duel(options: DuelOptions, screen: ScreenOptions) -> int:
    """Run the same work on two targets, side by side on one screen, and say which is faster and how certain that is.

    Both run at once if each has its own machine or its own GPUs (gpus=0+1 and gpus=2+3). Otherwise they take turns, and
    the second runs beside the first one's ghost. Both get the same --model and the same key.
    """
    from stress.cli.signals import INTERRUPTED, draining
    from stress.duel.runner import DuelRunner
    from stress.duel.sides import own_hardware, parse_side
    from stress.runs.directory import fresh_path
    from stress.runs.handle import Control

    left, right = parse_side(options.left), parse_side(options.right)
    place = options.out or fresh_path("duel", options.label or f"{left.name}-{right.name}")
    at_once = own_hardware(left, right) and not options.turns
    runner = DuelRunner(options, {"left": left, "right": right}, place, at_once=at_once)
    _make(place)
    runner.start()
    try:
        with draining(runner):
            screen.show(runner, options.redactor)
            runner.wait(None)
    except BaseException:  # an engine would not start, or a run failed: the runs before it are kept
        runner.control(Control("stop"))
        runner.finish()
        raise
    finally:
        _sum_up(runner.record, str(place), screen, options.redactor)
    return INTERRUPTED if runner.record.state == "interrupted" else 0


def _make(place: Path) -> None:
    """The duel's directory.

    Raises:
        UsageError: it holds something already, or cannot be written.
    """
    from stress.errors import UsageError

    try:
        place.mkdir(parents=True, exist_ok=True)
        if any(place.iterdir()):
            raise UsageError(f"{place} is not empty; give --out a new directory.")
    except OSError as error:
        raise UsageError(f"{place} can't be written ({error.strerror}); give --out another directory.") from None


def _sum_up(record: "DuelRecord", where: str, screen: ScreenOptions, redactor: "Redactor | None") -> None:
    """Print what it came to; for programs also as the last line on stdout."""
    import sys

    import msgspec

    from stress.privacy.redactor import masked
    from stress.view.status_line import json_line
    from stress.view.verdict_table import verdict_table

    record = masked(record, redactor)
    if screen.ui == "json":
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.buffer.write(json_line({"type": "verdict", **msgspec.to_builtins(record)}))
            sys.stdout.buffer.flush()
    if record.rounds or record.state == "interrupted":
        called = tuple(zip(record.short_names, record.names, strict=True))
        screen.sum_up(verdict_table(called, record.verdict, record.differences, where, record.cause), redactor)


COMMAND = command(
    duel,
    DuelOptions,
    ScreenOptions,
    examples=(
        "stress duel vllm:MODEL,tp=2 llama.cpp:FILE,np=1,sm=layer --agents 2..50 --ignore-eos --runs 3",
        "stress duel embedded,np=1 embedded,np=16 --agents 1..32",
    ),
)
