"""One module a command: reads options, calls one function, prints."""

import sys

import typer

from stress import __version__
from stress.cli import burst, doctor, duel, engines, model, plan, ramp, replay, scenarios, serve, sweep, telemetry
from stress.errors import StressError

app = typer.Typer(
    name="stress",
    help="How much can this GPU box take, and which engine gets it out?",
    rich_markup_mode=None,  # loading rich costs more than all of the rest of --help
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("ramp")(ramp.ramp)
app.command("burst")(burst.burst)
app.command("duel")(duel.duel)
app.command("sweep")(sweep.sweep)
app.command("serve")(serve.serve)
app.command("engines")(engines.engines)
app.command("doctor")(doctor.doctor)
app.command("plan")(plan.plan)
app.command("replay")(replay.replay)
app.add_typer(model.app, name="model")
app.add_typer(scenarios.app, name="scenarios")
app.add_typer(telemetry.app, name="telemetry")


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"agent-stress {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    pass


def main() -> None:
    """The command `stress`: errors become one sentence on stderr and INTERFACE.md's exit status."""
    try:
        status = app(standalone_mode=False)
    except StressError as error:
        _complain(str(error))
        status = error.exit_status
    except typer.TyperException as error:  # the command line itself does not parse
        _complain(error.format_message())
        status = 2
    except (typer.Abort, KeyboardInterrupt):
        status = 130
    sys.exit(status or 0)


def _complain(sentence: str) -> None:
    """Also of a command line that was not read to its end, so whether to mask it is seen in its words."""
    if sentence:
        from stress.privacy.own_facts import own_redactor
        from stress.view.status_line import StatusLine

        status = StatusLine(sys.stderr, own_redactor("--streamer-safe" in sys.argv[1:]))
        status.say(f"stress: {' '.join(sentence.split())}")
