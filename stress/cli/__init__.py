"""One module a command: reads options, calls one function, prints."""

import sys

import typer

from stress import __version__
from stress.cli import burst, doctor, duel, engines, model, plan, ramp, replay, scenarios, serve, sweep, telemetry
from stress.cli.command import GroupedCommand, add_command
from stress.cli.screen import ScreenOptions
from stress.errors import StressError
from stress.session.options import BurstOptions, DuelOptions, RampOptions, SweepOptions

app = typer.Typer(
    name="stress",
    help="How much can this GPU box take, and which engine gets it out?",
    rich_markup_mode=None,  # loading rich costs more than all of the rest of --help
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
add_command(app, ramp.ramp, RampOptions, ScreenOptions, examples=ramp.EXAMPLES)
add_command(app, burst.burst, BurstOptions, ScreenOptions, examples=burst.EXAMPLES)
add_command(app, duel.duel, DuelOptions, ScreenOptions, examples=duel.EXAMPLES)
add_command(app, sweep.sweep, SweepOptions, examples=sweep.EXAMPLES)
app.command("serve", cls=GroupedCommand, epilog=serve.EXAMPLES)(serve.serve)
app.command("engines", cls=GroupedCommand, epilog=engines.EXAMPLES)(engines.engines)
add_command(app, doctor.doctor, doctor.DoctorOptions, examples=doctor.EXAMPLES)
app.command("plan", cls=GroupedCommand, epilog=plan.EXAMPLES)(plan.plan)
add_command(app, replay.replay, replay.ReplayOptions, ScreenOptions, examples=replay.EXAMPLES)
app.add_typer(model.app, name="model")
app.add_typer(scenarios.app, name="scenarios")
app.add_typer(telemetry.app, name="telemetry")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"agent-stress {__version__}")
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
    if "--streamer-safe" in sys.argv[1:]:
        from stress.privacy.own_facts import own_redactor
        from stress.privacy.redactor import masked

        sentence = masked(sentence, own_redactor(True))
    if sentence:
        print(f"stress: {' '.join(sentence.split())}", file=sys.stderr)
