"""`stress sweep`: the same work at several sizes of one engine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stress.cli import options as opt

if TYPE_CHECKING:
    from stress.privacy.redactor import Redactor
    from stress.runs.directory import RunDirectory
    from stress.session.plan import RunPlan
    from stress.session.result import Result
    from stress.sweep.grid import Axis
    from stress.sweep.runner import Sweeper

INTERRUPTED = 130


def sweep(
    engine: Annotated[str, typer.Argument(metavar="ENGINE", help="NAME[:MODEL][,key=value…], as for --engine.")],
    tp: Annotated[str | None, typer.Option("--tp", metavar="1,2,4", help="Tensor parallel sizes to try.")] = None,
    np: Annotated[str | None, typer.Option("--np", metavar="1,16", help="Numbers of slots to try.")] = None,
    agents: Annotated[
        str | None, typer.Option("--agents", metavar="16,64", help="Requests at a time to try. [default: all at once]")
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option("--vary", metavar="KEY=V,V", help="Any other key of the engine; may be repeated."),
    ] = None,
    runs: Annotated[int, typer.Option("--runs", metavar="N", min=1, max=100, help="Of each; a warm-up before.")] = 5,
    prompts: Annotated[
        str, typer.Option("--prompts", metavar="FILE", help="The work, a prompt a line. [default: 59 that we ship]")
    ] = "varied",
    tokens: Annotated[int, typer.Option("--tokens", metavar="T", min=1, help="Of each reply.")] = 256,
    resume: Annotated[
        str | None, typer.Option("--resume", metavar="DIR", help="Go on with a sweep that was broken off.")
    ] = None,
    temperature: opt.Temperature = None,
    extra_body: opt.ExtraBody = None,
    seed: opt.Seed = None,
    gpu_metrics: opt.GpuMetrics = None,
    price: opt.Price = None,
    workers: opt.Workers = "auto",
    client: opt.Client = "fast",
    out: opt.Out = None,
    label: opt.Label = None,
    streamer_safe: opt.StreamerSafe = False,
    json: bool = typer.Option(False, "--json", help="For programs: one JSON object."),
) -> None:
    """Start an engine at each size, do the same work several times, and say which size is best.

    Ctrl-C keeps what is done; --resume DIR goes on.
    """
    import signal
    import sys

    from stress.engines.spec import parse_engine
    from stress.privacy.own_facts import own_redactor
    from stress.ramp import constant
    from stress.scenario.prompts import VARIED, read_prompts
    from stress.session.plan import BurstPlan
    from stress.session.preflight import RunOptions
    from stress.sweep.grid import points
    from stress.sweep.runner import StoppedError, Sweep, Sweeper, save_work
    from stress.view.status_line import StatusLine

    adapter, spec = parse_engine(engine)
    axes = _axes(tp, np, agents, vary)
    asked = read_prompts(VARIED if prompts == "varied" else Path(prompts))
    work = BurstPlan(requests=len(asked), tokens=tokens, concurrency=len(asked), prompt_tokens=0, prompts=asked)
    place = _place(resume, out, label or spec.name)
    grid = tuple((point, parse_engine(point.engine(engine))[1]) for point in points(axes))
    described = {"engine": engine, "axes": {axis.key: axis.values for axis in axes}, "runs": runs, "tokens": tokens}
    save_work(place, _plain({**described, "prompts": asked, "temperature": temperature, "seed": seed}))
    redactor = own_redactor(streamer_safe)
    status = StatusLine(sys.stderr, redactor)
    options = RunOptions(
        command="sweep",
        argv=sys.argv[1:],
        ramp=constant(len(asked)),
        burst=work,
        temperature=temperature,
        extra_body=opt.parse_extra_body(extra_body),
        seed=seed if seed is not None else 0,
        gpu_metrics=tuple(gpu_metrics or ()),
        price=opt.parse_price(price),
        workers=opt.parse_workers(workers),
        client=opt.parse_client(client),
        redactor=redactor,
    )
    sweeper = Sweeper(
        Sweep(adapter=adapter, points=grid, runs=runs, options=options, out=place),
        _watch,
        status.say,
        status.progress,
    )
    stopped = False
    # Between two runs as well, and where a shell had it ignored: a run itself has a handler of its own.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        sweeper.run()
    except (StoppedError, KeyboardInterrupt):
        stopped = True
    status.done()
    _show(sweeper, str(place), redactor, json=json)
    if stopped:
        status.say(f"It was broken off; go on with: stress sweep … --resume {place}")
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(0 if any(outcome.runs for outcome in sweeper.outcomes) else 1)


def _axes(tp: str | None, np: str | None, agents: str | None, vary: list[str] | None) -> "list[Axis]":
    from stress.sweep.grid import AGENTS, parse_axis, parse_vary

    named = (("--tp", "tp", tp), ("--np", "np", np), ("--agents", AGENTS, agents))
    axes = [parse_axis(option, key, text) for option, key, text in named if text is not None]
    return [*axes, *(parse_vary(text) for text in vary or ())]


def _place(resume: str | None, out: str | None, name: str) -> Path:
    """The sweep's directory.

    Raises:
        UsageError: there is no sweep to go on with.
    """
    from stress.errors import UsageError
    from stress.runs.directory import fresh_path

    if resume is None:
        return Path(out) if out else fresh_path("sweep", name)
    if not (Path(resume) / "sweep.json").is_file():
        raise UsageError(f"--resume {resume} holds no sweep.json; give the directory that the sweep printed.")
    return Path(resume)


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
