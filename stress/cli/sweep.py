"""`stress sweep`: the same work at several sizes of one engine."""

from pathlib import Path
from typing import TYPE_CHECKING

from stress.cli.command import command
from stress.cli.screen import ScreenOptions
from stress.session.options import SweepOptions

if TYPE_CHECKING:
    from stress.engines.adapter import EngineSpec
    from stress.runs.directory import RunDirectory
    from stress.session.plan import RunPlan
    from stress.session.result import Result
    from stress.sweep.ended import EndedSweep
    from stress.sweep.grid import Axis
    from stress.sweep.runner import Sweeper


def sweep(options: SweepOptions, screen: ScreenOptions) -> int:
    """Start an engine at each size, run the same work several times, and say which size is best.

    On a terminal it ends with a results card. Ctrl-C keeps what is done; --resume DIR continues.
    """
    import sys

    from stress.cli.signals import INTERRUPTED, first_interrupts
    from stress.engines.spec import parse_engine
    from stress.sweep.grid import points
    from stress.sweep.runner import StoppedError, Sweeper, save_work
    from stress.view.status_line import StatusLine

    adapter, spec = parse_engine(options.engine)
    axes = _axes(options)
    place = _place(options.resume, options.out, options.label or spec.name)
    grid = tuple((point, parse_engine(point.engine(options.engine))[1]) for point in points(axes))
    work = {"engine": options.engine, "axes": {axis.key: axis.values for axis in axes}}
    same = ("runs", "tokens", "prompts", "temperature", "seed")
    save_work(place, work | {name: getattr(options, name) for name in same})
    status = StatusLine(sys.stderr, options.redactor)
    sweeper = Sweeper(
        adapter=adapter,
        points=grid,
        options=options,
        out=place,
        do_run=_do_run,
        say=status.say,
        progress=status.progress,
    )
    stopped = False
    try:
        with first_interrupts():  # between two runs as well: a run itself is drained
            sweeper.run()
    except (StoppedError, KeyboardInterrupt):
        stopped = True
    status.done()
    if screen.ui == "tui" and not options.json and not stopped:
        screen.show(_ended(sweeper, options, spec), options.redactor)
    _show(sweeper, options)
    if stopped:
        status.say(f"Interrupted. Continue with: stress sweep … --resume {place}")
        return INTERRUPTED
    return 0 if any(result.runs for result in sweeper.results) else 1


def _axes(options: SweepOptions) -> "list[Axis]":
    from stress.sweep.grid import AGENTS, parse_axis, parse_vary

    named = (("--tp", "tp", options.tp), ("--np", "np", options.np), ("--agents", AGENTS, options.agents))
    axes = [parse_axis(flag, key, text) for flag, key, text in named if text is not None]
    return [*axes, *map(parse_vary, options.vary)]


def _place(resume: Path | None, out: Path | None, name: str) -> Path:
    """The sweep's directory.

    Raises:
        UsageError: there is no sweep to go on with.
    """
    from stress.errors import UsageError
    from stress.runs.directory import fresh_path

    if resume is None:
        return out or fresh_path("sweep", name)
    if not (resume / "sweep.json").is_file():
        raise UsageError(
            f"--resume {resume} is not a sweep (it has no sweep.json); give the directory that the sweep printed."
        )
    return resume


def _ended(sweeper: "Sweeper", options: SweepOptions, spec: "EngineSpec") -> "EndedSweep":
    """What the results card shows."""
    from stress.runs.naming import RecordedTarget, name_target
    from stress.sweep.ended import EndedSweep

    facts = {"engine": spec.name, "asked": {"model": spec.model}}
    name = name_target(RecordedTarget(facts=facts, model=sweeper.model)).full
    work = f"{options.runs} run{'s' * (options.runs != 1)} at each size, {options.tokens:,} tokens a reply"
    return EndedSweep(name, work, sweeper.results, sweeper.out)


def _do_run(plan: "RunPlan", directory: "RunDirectory") -> "Result":
    from stress.cli.run import watch
    from stress.session.session import Session

    return watch(Session(plan, directory), lambda session: session.wait(None), more_to_come=True)


def _show(sweeper: "Sweeper", options: SweepOptions) -> None:
    import sys

    import msgspec

    from stress.privacy.redactor import masked
    from stress.sweep.results import conclusions
    from stress.view.status_line import StatusLine
    from stress.view.sweep_table import sweep_table

    model, results, where = masked((sweeper.model, sweeper.results, str(sweeper.out)), options.redactor)
    if not options.json:
        apart = [""] * sys.stdout.isatty()
        StatusLine(sys.stdout).say(*apart, *sweep_table(model, results), "", f"saved       {where}")
        return
    points = [
        {**msgspec.to_builtins(result), "mean": result.mean, "deviation": result.deviation, "margin": result.margin}
        for result in results
    ]
    StatusLine(sys.stdout).page({"model": model, "points": points, "conclusions": conclusions(results), "saved": where})


COMMAND = command(
    sweep,
    SweepOptions,
    ScreenOptions,
    examples=(
        "stress sweep vllm:MODEL --tp 1,2,4 --runs 5",
        "stress sweep embedded --np 1,16 --runs 3 --tokens 64",
    ),
)
