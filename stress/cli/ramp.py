"""`stress ramp`: the main job."""

from pathlib import Path

import typer

from stress.cli import options as opt


def ramp(
    agents: opt.Agents = None,
    over: opt.Over = None,
    hold: opt.Hold = None,
    shape: opt.Shape = None,
    stages: opt.Stages = None,
    rate: opt.Rate = None,
    max_rate: opt.MaxRate = None,
    scenario: opt.ScenarioName = None,
    url: opt.Url = None,
    engine: opt.Engine = None,
    restart_engine: opt.RestartEngine = False,
    api_key_env: opt.ApiKeyEnv = None,
    model: opt.Model = None,
    max_tokens: opt.MaxTokens = None,
    temperature: opt.Temperature = None,
    ignore_eos: opt.IgnoreEos = False,
    extra_body: opt.ExtraBody = None,
    seed: opt.Seed = None,
    ghost: opt.GhostRun = None,
    give_up: opt.GiveUp = "10s",
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
    """Let a swarm of agents grow on a schedule against one server, live on screen, recorded.

    Without --url, --engine or OPENAI_BASE_URL it starts llama.cpp on the CPU with a toy model.
    """
    import sys

    from stress.cli.run import run_session
    from stress.privacy.own_facts import own_redactor
    from stress.ramp import parse_ramp
    from stress.runs.find import find_single_run
    from stress.runs.ghost_of import ghost_of
    from stress.runs.recording import Recording
    from stress.scenario.library import DEFAULT_SCENARIO
    from stress.session.preflight import RunOptions

    viewer, colours = opt.parse_ui(ui), opt.parse_theme(theme)
    ghost_run = find_single_run(ghost) if ghost else None
    status = run_session(
        RunOptions(
            command="ramp",
            argv=sys.argv[1:],
            ramp=parse_ramp(agents, over=over, hold=hold, shape=shape, stages=stages, rate=rate),
            scenario=scenario or DEFAULT_SCENARIO,
            url=url,
            engine=engine,
            restart_engine=restart_engine,
            api_key_env=api_key_env,
            model=model,
            max_tokens=max_tokens,
            temperature=temperature,
            ignore_eos=ignore_eos or None,
            seed=seed,
            extra_body=opt.parse_extra_body(extra_body),
            max_rate=opt.parse_max_rate(max_rate),
            ghost=ghost_of(Recording(ghost_run)) if ghost_run else None,
            ghost_run=ghost_run,
            give_up=opt.parse_give_up(give_up),
            gpu_metrics=tuple(gpu_metrics or ()),
            price=opt.parse_price(price),
            workers=opt.parse_workers(workers),
            client=opt.parse_client(client),
            out=Path(out) if out else None,
            label=label,
            metadata=opt.parse_metadata(metadata or []),
            redactor=own_redactor(streamer_safe),
        ),
        viewer,
        colours,
    )
    raise typer.Exit(status)
