"""`stress doctor`: can this machine do it, and what does a server really serve?"""

from typing import TYPE_CHECKING

import typer

from stress.cli import options as opt

if TYPE_CHECKING:
    from stress.doctor.check import Check

NO_SERVER = 4
"""INTERFACE.md's exit status where no server answers."""


def doctor(
    url: opt.Url = None,
    model: opt.Model = None,
    api_key_env: opt.ApiKeyEnv = None,
    json: bool = typer.Option(False, "--json", help="For programs: one JSON object."),
) -> None:
    """Check this machine's GPUs, links and limits; with --url also what a server serves, by one short reply.

    Exit status: 0 without a problem, 1 with one, 4 if --url is no chat server.
    """
    import sys

    from stress.doctor.check import has_problem
    from stress.doctor.machine import machine_checks
    from stress.view.status_line import StatusLine

    status = StatusLine(sys.stderr)
    server: list[Check] = []
    answered = True
    if url is not None:
        from stress.doctor.server import server_checks
        from stress.session.preflight import read_api_key

        server, answered = server_checks(url, read_api_key(api_key_env), model, status.progress)
    status.done()
    machine = machine_checks()
    _print(machine, server, url, as_json=json)
    if not answered:
        raise typer.Exit(NO_SERVER)
    raise typer.Exit(1 if has_problem([*machine, *server]) else 0)


def _print(machine: list["Check"], server: list["Check"], url: str | None, *, as_json: bool) -> None:
    import shutil
    import sys

    from stress.doctor.check import page
    from stress.privacy.secrets import without_secrets
    from stress.view.status_line import StatusLine

    status = StatusLine(sys.stdout)
    if as_json:
        status.page({"machine": machine, "server": server})
        return
    parts = [("This machine", machine)]
    if url is not None:
        parts.append((f"The server {without_secrets(url)}", server))
    status.say(*page(parts, shutil.get_terminal_size((100, 24)).columns).split("\n"))
