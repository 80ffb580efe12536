"""The commands, a module each: it reads options, calls one function, prints."""

import importlib
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from stress import __version__
from stress.errors import StressError

COMMANDS = {
    "ramp": "Load one server with a growing swarm of agents, live on screen.",
    "burst": "Send N requests at once, or C at a time, and time them.",
    "duel": "Compare two targets side by side on the same work.",
    "sweep": "Run the same work on one engine at several sizes, and find the best.",
    "serve": "Start one engine and keep it running until Ctrl-C.",
    "engines": "List the supported engines and show which are installed here.",
    "doctor": "Check this machine, and what a server really serves.",
    "plan": "Work out whether a model fits, for how many agents, and how fast.",
    "replay": "Show a recorded run again on the same screen.",
    "model": "Make a model with random weights; nothing is downloaded.",
    "scenarios": "List, show, check or create the conversations of a swarm.",
    "telemetry": "Serve this machine's GPU metrics to a stress client elsewhere.",
}


class LazyGroup(TyperGroup):
    """Loads a command when it is asked for: the options of all together would take longer than the rest of --help."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: Any = dict.fromkeys(COMMANDS)  # a mistyped one gets its "did you mean" from here

    def list_commands(self, ctx: Any) -> list[str]:
        """All, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"stress.cli.{cmd_name}").COMMAND
        command.short_help = COMMANDS[cmd_name]  # what a shell shows beside a completed name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """A line each."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


app = typer.Typer(
    cls=LazyGroup,
    name="stress",
    help="See live how many LLM agents a GPU box can take, and which engine serves them best.",
    rich_markup_mode=None,  # loading rich costs more than all of the rest of --help
    pretty_exceptions_enable=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"agent-stress {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    if context.invoked_subcommand is None:
        from stress.cli.guide import guide, look
        from stress.view.status_line import StatusLine

        StatusLine(sys.stdout).say(*guide(look()))


def main() -> None:
    """The command `stress`: errors become one sentence on stderr and INTERFACE.md's exit status."""
    if {"--install-completion", "--show-completion"} & {*sys.argv[1:]}:
        from stress.cli.completion import mend_zsh

        mend_zsh()
    try:
        status = app(prog_name="stress", standalone_mode=False)
    except StressError as error:
        _complain(str(error))
        status = error.exit_status
    except typer.TyperException as error:  # the command line itself does not parse
        from stress.cli.misuse import misuse

        _complain(misuse(error, sys.argv[1:], list(COMMANDS)))
        status = 2
    except (typer.Abort, KeyboardInterrupt):
        status = 130
    sys.exit(status or 0)


def _complain(sentence: str) -> None:
    """Say it on stderr. The command line may not have been parsed, so its words themselves show --streamer-safe."""
    if sentence:
        from stress.privacy.own_facts import own_redactor
        from stress.view.status_line import StatusLine

        status = StatusLine(sys.stderr, own_redactor("--streamer-safe" in sys.argv[1:]))
        status.say(f"stress: {' '.join(sentence.split())}")
