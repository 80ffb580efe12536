"""`stress burst`: a fixed number of requests, as fast as they go."""

from pathlib import Path
from typing import Annotated

import typer

from stress.cli import options as opt

DEFAULT_REQUESTS = 50


def burst(
    requests: Annotated[
        int | None, typer.Option("--requests", metavar="N", min=1, help="How many, in all. [default: 50]")
    ] = None,
    tokens: Annotated[
        int, typer.Option("--tokens", metavar="T", min=1, help="Of each reply; every one goes on to it, if it can.")
    ] = 2000,
    concurrency: Annotated[
        int | None, typer.Option("--concurrency", metavar="C", min=1, help="Requests at a time. [default: all]")
    ] = None,
    prompt_tokens: Annotated[
        int, typer.Option("--prompt-tokens", metavar="P", min=0, help="Of each prompt, about; no two are alike.")
    ] = 100,
    prompts: Annotated[
        str | None,
        typer.Option("--prompts", metavar="FILE", help="Your own, one a line; 'varied' is a set of 59 that we ship."),
    ] = None,
    url: opt.Url = None,
    engine: opt.Engine = None,
    api_key_env: opt.ApiKeyEnv = None,
    model: opt.Model = None,
    temperature: opt.Temperature = None,
    extra_body: opt.ExtraBody = None,
    seed: opt.Seed = None,
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
    """Send N requests at once, or C at a time: wall time, tok/s, whether the rate held, and who was late."""
    import sys

    from stress.cli.run import run_session
    from stress.privacy.own_facts import own_redactor
    from stress.ramp import constant
    from stress.scenario.prompts import VARIED, read_prompts
    from stress.session.plan import BurstPlan
    from stress.session.preflight import RunOptions

    viewer, colours = opt.parse_ui(ui), opt.parse_theme(theme)
    own = read_prompts(VARIED if prompts == "varied" else Path(prompts)) if prompts else ()
    count = requests or len(own) or DEFAULT_REQUESTS
    at_once = min(count, concurrency or count)
    status = run_session(
        RunOptions(
            command="burst",
            argv=sys.argv[1:],
            ramp=constant(at_once),
            burst=BurstPlan(
                requests=count, tokens=tokens, concurrency=at_once, prompt_tokens=prompt_tokens, prompts=own
            ),
            url=url,
            engine=engine,
            api_key_env=api_key_env,
            model=model,
            temperature=temperature,
            seed=seed,
            extra_body=opt.parse_extra_body(extra_body),
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
