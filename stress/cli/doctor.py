"""`stress doctor`: can this machine do it, and what does a server really serve?"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stress.cli.command import command
from stress.errors import NoServerError
from stress.session.declare import option
from stress.session.options import TargetOptions

if TYPE_CHECKING:
    from stress.doctor.check import Check


@dataclass(frozen=True, kw_only=True)
class DoctorOptions(TargetOptions):
    """The server to look at, if any."""

    json: bool = option("Output", "Print one JSON object, for programs.", None, False)


def doctor(options: DoctorOptions) -> int:
    """Check this machine's GPUs, links and limits. With --url, also check what a server serves, with one short reply.

    Exit status: 0 no problem, 1 a problem, 4 no chat server at --url.
    """
    import shutil
    import sys

    from stress.doctor.check import has_problem, page
    from stress.doctor.machine import machine_checks
    from stress.privacy.private_text import without_secrets
    from stress.view.status_line import StatusLine

    status, output = StatusLine(sys.stderr), StatusLine(sys.stdout)
    server: list[Check] = []
    answered = True
    if options.url is not None:
        from stress.doctor.server import server_checks
        from stress.session.preflight import read_api_key

        server, answered = server_checks(options.url, read_api_key(options.api_key_env), options.model, status.progress)
    status.done()
    machine = machine_checks()
    if options.json:
        output.page({"machine": machine, "server": server})
    else:
        parts = [("This machine", machine)]
        if options.url is not None:
            parts.append((f"The server {without_secrets(options.url)}", server))
        output.say(*page(parts, shutil.get_terminal_size((100, 24)).columns).split("\n"))
    if not answered:
        return NoServerError.exit_status
    return 1 if has_problem([*machine, *server]) else 0


COMMAND = command(doctor, DoctorOptions, examples=("stress doctor", "stress doctor --url http://localhost:8000"))
