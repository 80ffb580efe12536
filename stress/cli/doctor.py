"""`stress doctor`: can this machine do it, and what does a server really serve?"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stress.cli.command import command
from stress.session.declare import option
from stress.session.options import TargetOptions

if TYPE_CHECKING:
    from stress.doctor.check import Check

NO_SERVER = 4
"""INTERFACE.md's exit status where no server answers."""


@dataclass(frozen=True, kw_only=True)
class DoctorOptions(TargetOptions):
    """The server to look at, if any."""

    json: bool = option("Output", "For programs: one JSON object.", None, False)


def doctor(options: DoctorOptions) -> int:
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
    if options.url is not None:
        from stress.doctor.server import server_checks
        from stress.session.preflight import read_api_key

        server, answered = server_checks(options.url, read_api_key(options.api_key_env), options.model, status.progress)
    status.done()
    machine = machine_checks()
    _print(machine, server, options.url, as_json=options.json)
    if not answered:
        return NO_SERVER
    return 1 if has_problem([*machine, *server]) else 0


def _print(machine: list["Check"], server: list["Check"], url: str | None, *, as_json: bool) -> None:
    import shutil
    import sys

    from stress.doctor.check import page
    from stress.privacy.private_text import without_secrets
    from stress.view.status_line import StatusLine

    status = StatusLine(sys.stdout)
    if as_json:
        status.page({"machine": machine, "server": server})
        return
    parts = [("This machine", machine)]
    if url is not None:
        parts.append((f"The server {without_secrets(url)}", server))
    status.say(*page(parts, shutil.get_terminal_size((100, 24)).columns).split("\n"))


COMMAND = command(doctor, DoctorOptions, examples=("stress doctor", "stress doctor --url http://localhost:8000"))
