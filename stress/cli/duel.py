"""`stress duel`: two targets, the same work, one verdict."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stress.cli import options as opt

if TYPE_CHECKING:
    from stress.duel.record import DuelRecord
    from stress.duel.runner import DuelRunner
    from stress.privacy.redactor import Redactor

INTERRUPTED = 130


def duel(
    left: Annotated[str, typer.Argument(metavar="LEFT", help="An ENGINE to start and stop, or a server's URL.")],
    right: Annotated[str, typer.Argument(metavar="RIGHT", help="Likewise.")],
    runs: Annotated[int, typer.Option("--runs", metavar="N", min=1, max=100, help="Of each side.")] = 1,
    turns: Annotated[
        bool, typer.Option("--turns", help="One after the other, even where both could run at once.")
    ] = False,
    agents: opt.Agents = None,
    over: opt.Over = None,
    hold: opt.Hold = None,
    shape: opt.Shape = None,
    stages: opt.Stages = None,
    rate: opt.Rate = None,
    max_rate: opt.MaxRate = None,
    scenario: opt.ScenarioName = None,
    api_key_env: opt.ApiKeyEnv = None,
    model: opt.Model = None,
    max_tokens: opt.MaxTokens = None,
    temperature: opt.Temperature = None,
    ignore_eos: opt.IgnoreEos = False,
    extra_body: opt.ExtraBody = None,
    seed: opt.Seed = None,
    gpu_metrics: opt.GpuMetrics = None,
    price: opt.Price = None,
    workers: opt.Workers = "auto",
    client: opt.Client = "fast",
    out: opt.Out = None,
    label: opt.Label = None,
    metadata: opt.Metadata = None,
    ui: opt.Ui = "auto",
    theme: opt.Theme = None,
    streamer_safe: opt.StreamerSafe = False,
) -> None:
    """Let two targets do the same work, side by side on one screen, and tell which is faster and how surely.

    Both at once where each has its own machine or its own GPUs (gpus=0+1 against gpus=2+3); else in turns, the second
    beside the first's ghost. Both are asked for the same --model, with the same key.
    """
    import random
    import sys

    from stress.duel.plan import DuelPlan
    from stress.duel.runner import DuelRunner
    from stress.duel.sides import own_hardware, parse_side
    from stress.privacy.own_facts import own_redactor
    from stress.ramp import parse_ramp
    from stress.runs.directory import fresh_path
    from stress.scenario.library import DEFAULT_SCENARIO
    from stress.session.preflight import RunOptions

    viewer, colours = opt.parse_ui(ui), opt.parse_theme(theme)
    sides = parse_side(left), parse_side(right)
    options = RunOptions(
        command="duel",
        argv=sys.argv[1:],
        ramp=parse_ramp(agents, over=over, hold=hold, shape=shape, stages=stages, rate=rate),
        scenario=scenario or DEFAULT_SCENARIO,
        api_key_env=api_key_env,
        model=model,
        max_tokens=max_tokens,
        temperature=temperature,
        ignore_eos=ignore_eos or None,
        seed=random.randrange(2**31) if seed is None else seed,
        extra_body=opt.parse_extra_body(extra_body),
        max_rate=opt.parse_max_rate(max_rate),
        gpu_metrics=tuple(gpu_metrics or ()),
        price=opt.parse_price(price),
        workers=opt.parse_workers(workers),
        client=opt.parse_client(client),
        label=label,
        metadata=opt.parse_metadata(metadata or []),
        redactor=own_redactor(streamer_safe),
    )
    at_once = own_hardware(*sides) and not turns
    place = Path(out) if out else fresh_path("duel", label or f"{sides[0].name}-{sides[1].name}")
    match = DuelRunner(
        DuelPlan(left=sides[0], right=sides[1], options=options, rounds=runs, at_once=at_once, out=place)
    )
    _make(place)
    raise typer.Exit(_fight(match, str(place), viewer, colours, options.redactor))


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
    elif ui == "plain":
        from stress.view.duel_lines import PlainDuelViewer

        PlainDuelViewer(redactor=redactor).watch(match)
    elif ui == "json":
        from stress.view.duel_lines import JsonDuelViewer

        JsonDuelViewer(redactor=redactor).watch(match)


def _sum_up(record: "DuelRecord", where: str, ui: str, redactor: "Redactor | None") -> None:
    """Print what it came to: on stdout, or for programs as the last line there and on stderr for people."""
    import contextlib
    import sys

    import msgspec

    from stress.privacy.redactor import masked
    from stress.view.duel_words import verdict_table
    from stress.view.safe import safe_text

    record = masked(record, redactor)
    with contextlib.suppress(BrokenPipeError):
        if ui == "json":
            sys.stdout.buffer.write(msgspec.json.encode({"type": "verdict", **msgspec.to_builtins(record)}) + b"\n")
            sys.stdout.buffer.flush()
        if ui != "none" and (record.rounds or record.state == "interrupted"):
            table = verdict_table(record.left, record.right, record.verdict, record.differences, where, record.cause)
            print(f"\n{safe_text(table, redactor)}", file=sys.stderr if ui == "json" else sys.stdout)
