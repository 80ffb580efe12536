"""`stress serve`: one engine, started and supervised until somebody stops it."""

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from stress.cli.command import command
from stress.errors import StressError, UsageError

if TYPE_CHECKING:
    from stress.engines.supervisor import EngineProcess
    from stress.session.target import Target
    from stress.view.status_line import StatusLine

LOOK_EVERY_S = 0.2


def serve(
    engine: Annotated[
        str, typer.Argument(metavar="ENGINE", help="NAME[:MODEL][,key=value…], such as embedded or vllm:DIR,tp=2.")
    ],
    restart_engine: Annotated[bool, typer.Option("--restart-engine", help="If it dies, bring it back.")] = False,
    log: Annotated[str | None, typer.Option("--log", metavar="FILE", help="Write the engine's log there.")] = None,
) -> None:
    """Start one engine, print its URL, and keep it until Ctrl-C.

    The URL is all that goes to stdout. Exit status: 0 stopped after it served, 1 it died, 4 it would not start.
    """
    from stress.engines.mismatches import Wanted
    from stress.scenario.library import DEFAULT_SCENARIO, load_scenario
    from stress.session.target import Where, find_target
    from stress.session.watches import MOST_RESTARTS
    from stress.view.status_line import StatusLine

    _check_log(log)
    status = StatusLine(sys.stderr)
    # Nobody has said yet what will be asked of it, so that raises no doubts: one agent, and nothing said.
    wanted = Wanted(model=None, agents=1, tokens=0)
    with _first_signal_interrupts():
        # Interrupted before it serves, the command has done nothing of what it was asked for: status 130.
        target = find_target(Where(engine=engine), wanted, load_scenario(DEFAULT_SCENARIO), status.say, status.progress)
        process = target.engine
        assert process is not None
        try:
            if log is not None:
                process.log_to(Path(log))  # from its first line on
            _introduce(target, status)
            _stay(process, MOST_RESTARTS if restart_engine else 0, status)
        except StressError as error:
            kept = f"; its log is {log}" if log else process.keep_log()
            raise StressError(f"{str(error).rstrip('.')}{kept}.") from None
        except KeyboardInterrupt:
            # To be stopped is how a server's work ends: status 0, so that a script or a unit sees no failure.
            status.progress(f"{process.adapter.title}: stopping")
        finally:
            process.stop()
            with contextlib.suppress(OSError):  # the terminal may be gone
                status.done()
    status.say(f"{target.words} has stopped, with all its processes.")


@contextlib.contextmanager
def _first_signal_interrupts() -> Iterator[None]:
    """SIGINT, SIGTERM or SIGHUP raises KeyboardInterrupt, once: a second one must not break off the stopping."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _check_log(file: str | None) -> None:
    """See that the log can be written, before minutes go by with loading weights.

    Raises:
        UsageError: it cannot.
    """
    if file is None:
        return
    try:
        Path(file).open("ab").close()
    except OSError as error:
        raise UsageError(f"--log {file} cannot be written ({error.strerror}); choose another place.") from None


def _introduce(target: "Target", status: "StatusLine") -> None:
    """Say who serves; the URL goes to stdout, where a script finds it alone."""
    from stress.view.status_line import StatusLine

    status.done()
    with contextlib.suppress(BrokenPipeError):  # whoever wanted to read it has gone
        StatusLine(sys.stdout).say(target.served.base_url)
    identity = target.identity
    title = target.adapter.title if target.adapter else target.name
    context = None if identity.context is None else f"{identity.context:,} tokens a request"
    slots = None if identity.slots is None else f"{identity.slots:,} requests at a time"
    rows = (
        ("engine", f"{title} {identity.version}" if identity.version else title),
        ("model", target.model),
        ("context", context or "n/a"),
        ("slots", slots or "n/a"),
        ("load it", f"stress ramp --url {target.served.base_url}"),
    )
    for name, value in rows:
        status.say(f"  {name:<8} {value}")
    for notice in target.notices:
        status.say(f"  {notice}")
    status.say("It serves until Ctrl-C.")


def _stay(process: "EngineProcess", restarts: int, status: "StatusLine") -> None:
    """Watch the engine, and tell what its log says is wrong, until it dies for good.

    Raises:
        StressError: it died, and may not or did not come back.
    """
    told = 0
    while True:
        if troubles := process.troubles[told:]:
            told += len(troubles)
            for name, line in troubles:
                status.say(f"{name}: {line}")
        if process.alive():
            time.sleep(LOOK_EVERY_S)
            continue
        death = process.death() or f"{process.adapter.title} has ended."
        if not restarts:
            raise StressError(death)
        restarts, told = restarts - 1, 0
        status.say(death)
        began = time.monotonic()
        try:
            process.restart(status.progress)
        except StressError as failure:
            raise StressError(f"{death} It did not come back: {failure}") from failure
        status.say(f"{process.adapter.title} is back after {time.monotonic() - began:.1f} s.")


COMMAND = command(serve, examples=("stress serve vllm:MODEL,tp=2,port=8000", "stress serve embedded"))
