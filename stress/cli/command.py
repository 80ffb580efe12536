"""How a command takes its options from their declarations, and how its help is laid out."""

import inspect
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from stress.session.declare import Options

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 120}
GROUPS = ("Arguments", "Load", "Target", "Output", "Screen", "Advanced", "Options")


class WithExamples:
    """Below the rest of the help, the examples."""

    epilog: str | None

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """A line each."""
        if self.epilog:
            with formatter.section("Examples"):
                for line in self.epilog.splitlines():
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


class GroupedCommand(WithExamples, TyperCommand):
    """A command whose help shows its options in groups, and examples below them."""

    kinds: tuple[type[Options], ...] = ()
    """What it takes."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """As typer's, with plain names: `LEFT`, not `{LEFT}`."""
        return [piece.removesuffix("...").strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Each group in turn; an option that names none is in the last."""
        groups: dict[str, list[tuple[str, str]]] = {name: [] for name in GROUPS}
        for parameter in self.get_params(ctx):
            if (row := parameter.get_help_record(ctx)) is not None:
                group = getattr(parameter, "rich_help_panel", None) or "Options"
                if parameter.param_type_name == "argument":
                    groups["Arguments"].append((str(parameter.metavar), str(getattr(parameter, "help", ""))))
                else:
                    groups[group].append((row[0], _without_bounds(row[1])))
        for group, rows in groups.items():
            if rows:
                with formatter.section(group):
                    formatter.write_dl(rows)


def command(run: Callable[..., Any], *kinds: type[Options], examples: Sequence[str] = ()) -> Any:
    """A command that calls a function.

    Args:
        run: called with one object of each kind, in this order; returns the exit status (None: 0). Its docstring is
            the help.
        kinds: the options that it takes; one that has a field `argv` gets the command line there.
        examples: command lines for the help.
    """

    def taking_options(**values: Any) -> None:
        made = []
        for kind in kinds:
            argv = {"argv": tuple(sys.argv[1:])} if any(one.name == "argv" for one in fields(kind)) else {}
            made.append(kind(**{name: values[name] for name in kind.declared()}, **argv))
        raise typer.Exit(run(*made) or 0)

    found = [parameter for kind in kinds for parameter in _parameters(kind)]
    taking_options.__signature__ = inspect.Signature(found)  # type: ignore[attr-defined] # what typer reads
    taking_options.__annotations__ = {parameter.name: parameter.annotation for parameter in found}
    app = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=HELP)
    app.command(run.__name__, cls=GroupedCommand, help=run.__doc__, epilog="\n".join(examples))(taking_options)
    made: Any = typer.main.get_command(app)
    made.kinds = kinds
    return made


def _without_bounds(text: str) -> str:
    """Without typer's mathematics: `[default: 50; x>=1]` is `[default: 50]`; a wrong number's error has the bounds."""
    return " ".join(re.sub(r"\[[\d.<=]*x[\d.<=>]*\]", "", re.sub(r"; [\d.<=]*x[\d.<=>]+\]", "]", text)).split())


class Library(WithExamples, TyperGroup):
    """A command made of others, with a whole sentence on each in its help."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Each with the first sentence of its help, however long."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _first_sentence(one.help)) for name, one in self.commands.items()])


class Group(Library):
    """One that alone shows its help, which is no mistake."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """As any group's; nothing at all asks for the help."""
        return super().parse_args(ctx, args or ["--help"])


def _first_sentence(text: str | None) -> str:
    """Up to the first full stop that ends a line or stands before a space."""
    words = " ".join((text or "").split())
    return words.partition(". ")[0].rstrip(".") + "." if words else ""


def group(about: str, *commands: Any) -> Any:
    """A command that is made of these, with their examples; `about` is its help."""
    named = {one.name: one for one in commands}
    examples = "\n".join(one.epilog for one in commands)
    return Group(commands=named, help=about, epilog=examples, rich_markup_mode=None, context_settings=HELP)


def _parameters(kind: type[Options]) -> list[inspect.Parameter]:
    types = {one.name: one.type for one in fields(kind)}
    made = []
    for name, (declared, default) in kind.declared().items():
        flag = f"--{name.replace('_', '-')}"
        if declared.group:
            bounds: dict[str, Any] = dict(declared.bounds)
            info: Any = typer.Option(
                flag, metavar=declared.metavar, help=declared.help, rich_help_panel=declared.group, **bounds
            )
        else:
            info = typer.Argument(metavar=declared.metavar, help=declared.help)
        made.append(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if default is MISSING else default,
                annotation=Annotated[declared.shell or types[name], info],
            )
        )
    return made
