"""`stress engines`: every supported engine, whether it is installed, and how to install it."""

from dataclasses import dataclass

from stress.cli.command import command
from stress.session.declare import Options, option


@dataclass(frozen=True, kw_only=True)
class EnginesOptions(Options):
    """How the list is shown."""

    json: bool = option("Options", "Print one JSON array, for programs.", None, False)


def engines(options: EnginesOptions) -> None:
    """List the supported engines: which are installed here, their versions, and how to get the others."""
    import shutil
    import sys

    from stress.engines.listing import list_engines, table
    from stress.view.status_line import StatusLine

    found, status = list_engines(), StatusLine(sys.stdout)
    if options.json:
        status.page(found)
        return
    status.say(*table(found, shutil.get_terminal_size((100, 24)).columns).split("\n"))
    examples = [engine.example for engine in found if engine.installed and not engine.attach_only]
    status.say("", "stress can load any OpenAI-compatible server with --url.")
    if examples:
        status.say(f"Start an installed one: stress serve {examples[-1]}")


COMMAND = command(engines, EnginesOptions, examples=("stress engines", "stress engines --json"))
