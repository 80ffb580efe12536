"""`stress sweep`: the same work at several sizes of one engine."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from stress.cli.command import command
from stress.session.options import SweepOptions

if TYPE_CHECKING:
    from stress.privacy.redactor import Redactor
    from stress.runs.directory import RunDirectory
    from stress.session.plan import RunPlan
    from stress.session.result import Result
    from stress.sweep.grid import Axis
    from stress.sweep.runner import Sweeper

INTERRUPTED = 130


def sweep(options: SweepOptions) -> int:
    """Start an engine at each size, do the same work several times, and say which size is best.

    Ctrl-C keeps what is done; --resume DIR goes on.
    """
    import signal
    import sys

    from stress.engines.spec import parse_engine
    from stress.sweep.grid import points
    from stress.sweep.runner import StoppedError, Sweep, Sweeper, save_work
    from stress.view.status_line import StatusLine

    adapter, spec = parse_engine(options.engine)
    axes = _axes(options)
    place = _place(options.resume, options.out, options.label or spec.name)
    grid = tuple((point, parse_engine(point.engine(options.engine))[1]) for point in points(axes))
    varied = {axis.key: axis.values for axis in axes}
    work = {"engine": options.engine, "axes": varied, "runs": options.runs, "tokens": options.tokens}
    seed = {"prompts": options.prompts, "temperature": options.temperature, "seed": options.seed}
    save_work(place, _plain(work | seed))
    status = StatusLine(sys.stderr, options.redactor)
    plan = Sweep(adapter=adapter, points=grid, runs=options.runs, options=options, out=place)
    sweeper = Sweeper(plan, _watch, status.say, status.progress)
    stopped = False
    # Between two runs as well, and where a shell had it ignored: a run itself has a handler of its own.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        sweeper.run()
    except (StoppedError, KeyboardInterrupt):
        stopped = True
    status.done()
    _show(sweeper, str(place), options.redactor, json=options.json)
    if stopped:
        status.say(f"It was broken off; go on with: stress sweep … --resume {place}")
        return INTERRUPTED
    return 0 if any(outcome.runs for outcome in sweeper.outcomes) else 1


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
        raise UsageError(f"--resume {resume} holds no sweep.json; give the directory that the sweep printed.")
    return resume


def _watch(plan: "RunPlan", directory: "RunDirectory") -> "Result":
    from stress.cli.run import watch
    from stress.session.session import Session
    from stress.view.silent import SilentViewer

    return watch(Session(plan, directory), SilentViewer(), more_to_come=True)


def _plain(work: dict[str, Any]) -> Any:
    """As it is read again."""
    import msgspec

    return msgspec.json.decode(msgspec.json.encode(work))


def _show(sweeper: "Sweeper", where: str, redactor: "Redactor | None", *, json: bool) -> None:
    import sys

    import msgspec

    from stress.privacy.redactor import masked
    from stress.sweep.results import conclusions
    from stress.view.status_line import StatusLine
    from stress.view.sweep_table import sweep_table

    model, outcomes, where = (
        masked(sweeper.model, redactor),
        masked(sweeper.outcomes, redactor),
        masked(where, redactor),
    )
    if not json:
        StatusLine(sys.stdout).say("", *sweep_table(model, outcomes).split("\n"), "", f"saved       {where}")
        return
    points = [
        {**msgspec.to_builtins(outcome), "mean": outcome.mean, "deviation": outcome.deviation, "margin": outcome.margin}
        for outcome in outcomes
    ]
    StatusLine(sys.stdout).page(
        {"model": model, "points": points, "conclusions": conclusions(outcomes), "saved": where}
    )


COMMAND = command(
    sweep,
    SweepOptions,
    examples=(
        "stress sweep vllm:MODEL --tp 1,2,4 --runs 5",
        "stress sweep embedded --np 1,16 --runs 3 --tokens 64",
    ),
)
