"""`stress duel`: two targets, the same work, one verdict."""

from pathlib import Path
from typing import TYPE_CHECKING

from stress.cli.command import command
from stress.cli.screen import ScreenOptions
from stress.session.options import DuelOptions

if TYPE_CHECKING:
    from stress.duel.record import DuelRecord
    from stress.duel.runner import DuelRunner
    from stress.privacy.redactor import Redactor

INTERRUPTED = 130


def duel(options: DuelOptions, screen: ScreenOptions) -> int:
    """Let two targets do the same work, side by side on one screen, and say which is faster and how surely.

    Both run at once where each has its own machine or its own GPUs (gpus=0+1 against gpus=2+3); otherwise they take
    turns, the second beside the first's ghost. Both are asked for the same --model, with the same key.
    """
    from stress.duel.plan import DuelPlan
    from stress.duel.runner import DuelRunner
    from stress.duel.sides import own_hardware, parse_side
    from stress.runs.directory import fresh_path

    left, right = parse_side(options.left), parse_side(options.right)
    place = options.out or fresh_path("duel", options.label or f"{left.name}-{right.name}")
    at_once = own_hardware(left, right) and not options.turns
    plan = DuelPlan(left=left, right=right, options=options, rounds=options.runs, at_once=at_once, out=place)
    match = DuelRunner(plan)
    _make(place)
    return _fight(match, str(place), screen.ui, screen.theme, options.redactor)


def _make(place: Path) -> None:
    """The duel's directory.

    Raises:
        UsageError: it holds something already, or cannot be written.
    """
    from stress.errors import UsageError

    try:
        place.mkdir(parents=True, exist_ok=True)
        if any(place.iterdir()):
            raise UsageError(f"{place} is not empty; give --out a directory of its own.")
    except OSError as error:
        raise UsageError(f"{place} cannot be written ({error.strerror}); give --out a directory that can.") from None


def _fight(match: "DuelRunner", where: str, ui: str, theme: str | None, redactor: "Redactor | None") -> int:
    """Do it and show it, masked where there is a mask; gives the exit status.

    Raises:
        StressError: an engine would not start, or a run failed; the runs before it are kept.
    """
    from stress.cli.run import interrupts
    from stress.runs.handle import Control

    match.start()
    try:
        with interrupts(match):
            _watch(match, ui, theme, redactor)
            match.wait(None)
    except BaseException:
        match.control(Control("stop"))
        match.finish()
        _sum_up(match.record, where, ui, redactor)
        raise
    _sum_up(match.record, where, ui, redactor)
    return INTERRUPTED if match.record.state == "interrupted" else 0


def _watch(match: "DuelRunner", ui: str, theme: str | None, redactor: "Redactor | None") -> None:
    if ui == "tui":
        from tui.start import ScreenViewer

        ScreenViewer(theme, redactor).watch(match)
    else:
        from stress.view.duel_lines import watch_duel_lines

        watch_duel_lines(match, ui, redactor)


def _sum_up(record: "DuelRecord", where: str, ui: str, redactor: "Redactor | None") -> None:
    """Print what it came to: on stdout, or for programs as the last line there and on stderr for people."""
    import contextlib
    import sys

    import msgspec

    from stress.privacy.redactor import masked
    from stress.view.duel_words import verdict_table
    from stress.view.status_line import StatusLine, json_line

    record = masked(record, redactor)
    with contextlib.suppress(BrokenPipeError):
        if ui == "json":
            sys.stdout.buffer.write(json_line({"type": "verdict", **msgspec.to_builtins(record)}))
            sys.stdout.buffer.flush()
        if ui != "none" and (record.rounds or record.state == "interrupted"):
            table = verdict_table(record.left, record.right, record.verdict, record.differences, where, record.cause)
            StatusLine(sys.stderr if ui == "json" else sys.stdout, redactor).say("", *table.split("\n"))


COMMAND = command(
    duel,
    DuelOptions,
    ScreenOptions,
    examples=(
        "stress duel vllm:MODEL,tp=2 llama.cpp:FILE,np=1,sm=layer --agents 2..50 --ignore-eos --runs 3",
        "stress duel embedded,np=1 embedded,np=16 --agents 1..32",
    ),
)
