"""`stress engines`: every engine that we know, whether it is here, and how to get it."""

import typer

from stress.cli.command import command


def engines(json: bool = typer.Option(False, "--json", help="For programs: one JSON array.")) -> None:
    """List the engines that we know: which are installed here, in which version, how to get the others."""
    import shutil

    import msgspec

    from stress.engines.listing import list_engines, table

    found = list_engines()
    if json:
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return
    print(table(found, shutil.get_terminal_size((100, 24)).columns))
    examples = [engine.example for engine in found if engine.installed and not engine.attach_only]
    print("\nAny OpenAI-compatible server can be attached to with --url.")
    if examples:
        print(f"To start one that is here: stress serve {examples[-1]}")


COMMAND = command(engines, examples=("stress engines", "stress engines --json"))
