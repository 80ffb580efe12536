"""`stress telemetry`: this machine's GPUs for a stress client on another one."""

import contextlib
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from stress.cli.command import command, group
from stress.errors import NoServerError, UsageError
from stress.session.declare import Options, option


@dataclass(frozen=True, kw_only=True)
class ServeOptions(Options):
    """Where the page is."""

    listen: str = option(
        "Options",
        "Address to listen on. 0.0.0.0:9400 opens it to other machines, without a password.",
        "[HOST:]PORT",
        "127.0.0.1:9400",
    )


def serve(options: ServeOptions) -> None:
    """Serve this machine's GPU, CPU and memory metrics at /metrics, in the DCGM exporter's format, until Ctrl-C.

    Only the URL goes to stdout. Exit status: 0 stopped by you, 4 no GPU to show.
    """
    from stress.cli.signals import on_signals
    from stress.engines.launching import DRIVER_LIMIT_S
    from stress.telemetry.exporter import Exporter, PageServer
    from stress.telemetry.machine import local_gpus
    from stress.telemetry.timeout import call_with_timeout
    from stress.view.status_line import StatusLine

    host, port = parse_listen(options.listen)
    status = StatusLine(sys.stderr)
    try:
        server = PageServer(host, port)
    except OSError as error:
        raise UsageError(
            f"--listen {options.listen} is not available ({error.strerror or error}); choose another port or address."
        ) from None
    with server:
        try:
            gpus = call_with_timeout(DRIVER_LIMIT_S, local_gpus)
            reader = call_with_timeout(DRIVER_LIMIT_S, lambda: Exporter(gpus)) if gpus else None
        except TimeoutError:
            raise NoServerError(
                f"The GPU driver did not answer within {DRIVER_LIMIT_S:g} s; check whether nvidia-smi works, and "
                "reboot if it does not."
            ) from None
        if reader is None:
            raise NoServerError(
                "No GPU on this machine can be read, so there is nothing to serve; run it on the GPU host, "
                "where `nvidia-smi` lists the GPUs."
            )
        stop = threading.Event()
        with on_signals(stop.set), reader as exporter, server.serving(exporter.page):
            _introduce(host, server.server_port, status.say)
            stop.wait()
    with contextlib.suppress(OSError):  # the terminal may be gone
        status.say("The metrics page has stopped.")


def parse_listen(text: str) -> tuple[str, int]:
    """The address and the port of `--listen`; 127.0.0.1 if no address is given.

    Raises:
        UsageError: it is no [HOST:]PORT.
    """
    try:
        parts = urlsplit(f"//127.0.0.1:{text}" if text.isdecimal() else f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or port is None or parts.netloc not in (text, f"127.0.0.1:{text}"):
        raise UsageError(f"--listen {text!r} is not [HOST:]PORT; give one such as 9400 or 0.0.0.0:9400.")
    return host, port


def _introduce(host: str, port: int, say: Callable[[str], None]) -> None:
    """Say where the page is; the URL goes to stdout, where a script finds it alone."""
    import socket

    from stress.client.proxy import is_loopback
    from stress.telemetry.exporter import PATH
    from stress.view.status_line import StatusLine

    everywhere = host in ("0.0.0.0", "::")  # noqa: S104 (compared, not listened to)
    near = "127.0.0.1" if everywhere else host
    far = socket.gethostname() if everywhere else host
    with contextlib.suppress(BrokenPipeError):  # whoever wanted to read it has gone
        StatusLine(sys.stdout).say(f"http://{_bracketed(near)}:{port}{PATH}")
    say(f"  read it  stress ramp --url … --gpu-metrics http://{_bracketed(far)}:{port}{PATH}")
    if not everywhere and is_loopback(host):
        say(f"  Only this machine can reach it; --listen 0.0.0.0:{port} opens it to others.")
    say("Press Ctrl-C to stop.")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


EXAMPLES = ("stress telemetry serve", "stress telemetry serve --listen 0.0.0.0:9400")
ABOUT = "Serve this machine's GPU metrics to a stress client on another machine."
COMMAND = group(ABOUT, command(serve, ServeOptions, examples=EXAMPLES))
