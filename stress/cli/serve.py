"""`stress serve`: one engine, started and supervised until somebody stops it."""

import contextlib
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stress.cli.command import command
from stress.errors import StressError, UsageError
from stress.session.declare import Options, argument, option

if TYPE_CHECKING:
    from stress.engines.supervisor import EngineProcess
    from stress.session.target import Target
    from stress.view.status_line import StatusLine

LOOK_EVERY_S = 0.2


def parse_log(file: str | Path | None) -> Path | None:
    """The file of `--log`: whether it can be written shows before minutes go by with loading weights.

    Raises:
        UsageError: it cannot.
    """
    if file is None:
        return None
    try:
        Path(file).open("ab").close()
    except OSError as error:
        raise UsageError(f"--log {file} can't be written ({error.strerror}); choose another file.") from None
    return Path(file)


@dataclass(frozen=True, kw_only=True)
class ServeOptions(Options):
    """The engine to start."""

    engine: str = argument(
        "ENGINE",
        "NAME[:MODEL][,key=value…], such as vllm:DIR,tp=2; or a GGUF file, for llama.cpp on the CPU.",
    )
    restart_engine: bool = option("Options", "Restart the engine if it dies.", None, False)
    log: Path | None = option(
        "Options", "Write the engine's log to this file.", "FILE", shell=str | None, parse=parse_log
    )


def serve(options: ServeOptions) -> None:
    """Start one engine, print its URL, and keep it until Ctrl-C.

    The URL is all that goes to stdout. Exit status: 0 stopped after it served, 1 it died, 4 it would not start.
    """
    from stress.cli.signals import first_interrupts
    from stress.engines.mismatches import Wanted
    from stress.scenario.library import DEFAULT_SCENARIO, load_scenario
    from stress.session.target import Where, find_target
    from stress.view.status_line import StatusLine

    status = StatusLine(sys.stderr)
    # Nobody has said yet what will be asked of it, so that raises no doubts: one agent, and nothing said.
    wanted = Wanted(model=None, agents=1, tokens=0)
    with first_interrupts():
        # Interrupted before it serves, the command has done nothing of what it was asked for: status 130.
        target = find_target(
            Where(engine=options.engine), wanted, load_scenario(DEFAULT_SCENARIO), status.say, status.progress
        )
        process = target.engine
        assert process is not None
        try:
            if options.log is not None:
                process.log_to(options.log)  # from its first line on
            _introduce(target, status)
            _stay(process, status, restart=options.restart_engine)
        except StressError as error:
            kept = f"; its log is {options.log}" if options.log else process.keep_log()
            raise StressError(f"{str(error).rstrip('.')}{kept}.") from None
        except KeyboardInterrupt:
            # To be stopped is how a server's work ends: status 0, so that a script or a unit sees no failure.
            status.progress(f"{process.adapter.title}: stopping")
        finally:
            process.stop()
            with contextlib.suppress(OSError):  # the terminal may be gone
                status.done()
    status.say(f"{target.words} and all its processes have stopped.")


def _introduce(target: "Target", status: "StatusLine") -> None:
    """Say who serves; the URL goes to stdout, where a script finds it alone."""
    from stress.view.status_line import StatusLine

    status.done()
    with contextlib.suppress(BrokenPipeError):  # whoever wanted to read it has gone
        StatusLine(sys.stdout).say(target.served.base_url)
    identity = target.identity
    title = target.adapter.title if target.adapter else target.name
    context = "n/a" if identity.context is None else f"{identity.context:,} tokens per request"
    slots = "n/a" if identity.slots is None else f"{identity.slots:,} requests at a time"
    rows = (
        ("engine", f"{title} {identity.version}" if identity.version else title),
        ("model", target.model),
        ("context", context),
        ("slots", slots),
        ("load it", f"stress ramp --url {target.served.base_url}"),
    )
    for name, value in rows:
        status.say(f"  {name:<8} {value}")
    for notice in target.notices:
        status.say(f"  {notice}")
    status.say("Press Ctrl-C to stop.")


def _stay(process: "EngineProcess", status: "StatusLine", *, restart: bool) -> None:
    """Watch the engine, and say what its log reports, until it dies for good.

    Raises:
        StressError: it died, and may not or did not come back.
    """
    from stress.events import AnyEvent, Mark, Trouble
    from stress.session.watches import EngineWatch

    def report(event: AnyEvent) -> None:
        death = process.death()  # None once it is back
        if isinstance(event, Mark):
            status.say(death or f"{process.adapter.title} is {event.label.removeprefix('engine ')}.")
        elif isinstance(event, Trouble) and event.detail != death:  # of its death the mark or the error speaks
            status.say(f"{event.name}: {event.detail}")

    watch = EngineWatch(process, restart=restart, now=time.monotonic, take=report, progress=status.progress)
    while (cause := watch.look()) is None:
        time.sleep(LOOK_EVERY_S)
    raise StressError(cause)


COMMAND = command(serve, ServeOptions, examples=("stress serve vllm:MODEL,tp=2,port=8000", "stress serve model.gguf"))
