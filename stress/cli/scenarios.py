"""`stress scenarios`: the library of conversations, and help with writing one."""

import sys
from pathlib import Path

import typer

from stress.cli.command import HELP, GroupedCommand, Library

app = typer.Typer(
    cls=Library,
    context_settings=HELP,
    name="scenarios",
    help="Conversations for a swarm. Without a subcommand, list the library.",
    epilog="stress scenarios show tavern\nstress scenarios new mine.yaml\nstress ramp --scenario mine.yaml",
    invoke_without_command=True,
    no_args_is_help=False,
    rich_markup_mode=None,
)


@app.callback()
def scenarios(context: typer.Context) -> None:
    """List the library: each conversation's name, topology, personas, title and first sentence."""
    if context.invoked_subcommand is None:
        from stress.scenario.library import DEFAULT_SCENARIO, library, load_scenario
        from stress.view.scenario_page import row

        for name in library():
            _say(row(load_scenario(name), default=name == DEFAULT_SCENARIO))
        _say("\n`stress scenarios show NAME` prints the whole page.\n`stress ramp --scenario NAME` plays it.")


@app.command(cls=GroupedCommand, epilog="stress scenarios show tavern\nstress scenarios show mine.yaml")
def show(name: str = typer.Argument(metavar="NAME", help="Name from the library, or a .yaml file.")) -> None:
    """Print a scenario as a readable page."""
    from stress.scenario.library import load_scenario
    from stress.view.scenario_page import page

    _say(page(load_scenario(name)))


@app.command(cls=GroupedCommand, epilog="stress scenarios check mine.yaml\nstress scenarios check debate")
def check(file: str = typer.Argument(metavar="FILE", help="A .yaml file, or a name from the library.")) -> None:
    """Check a scenario, and show what one agent would see."""
    from stress.scenario.library import load_scenario
    from stress.view.scenario_page import verdict

    _say(verdict(load_scenario(file)))


@app.command(cls=GroupedCommand, epilog="stress scenarios new mine.yaml\nstress scenarios new ~/talks/quiz.yaml")
def new(file: Path = typer.Argument(metavar="FILE", help="New file to write, ending in .yaml.")) -> None:
    """Write a small scenario with a comment on each field, as a start for your own."""
    from stress.scenario.library import write_template

    write_template(file)
    _say(f"Wrote {file}. Edit it, then run `stress scenarios check {file}`.")


def _say(text: str) -> None:
    from stress.view.status_line import StatusLine

    StatusLine(sys.stdout).say(*text.split("\n"))


COMMAND = typer.main.get_group(app)
