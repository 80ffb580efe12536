"""A run as a command has it: prepared, recorded, watched, and ended in good order whatever interrupts it."""

import contextlib
import sys
from collections.abc import Callable

from stress.cli.screen import ScreenOptions
from stress.cli.signals import draining, first_interrupts
from stress.runs.directory import create_directory
from stress.runs.handle import Control
from stress.session.options import BurstOptions, RampOptions
from stress.session.preflight import prepare
from stress.session.result import Result
from stress.session.session import Session
from stress.view.status_line import StatusLine
from stress.view.summary_table import summary_table


def run_session(options: RampOptions | BurstOptions, screen: ScreenOptions) -> int:
    """Do the run and show it; returns the exit status.

    Raises:
        StressError: it could not start, or could not be recorded.
    """
    redactor = options.redactor
    status = StatusLine(sys.stderr, redactor)
    with first_interrupts():  # there is nothing to save yet, but perhaps an engine to stop
        plan = prepare(options, status.say, status.progress)
    try:
        directory = create_directory(options.out, options.command, options.label or plan.target.name)
        session = Session(plan, directory)
        result = watch(session, lambda session: screen.show(session, redactor, options.ghost))
    finally:
        if plan.target.engine is not None:
            plan.target.engine.stop()
    screen.sum_up([session.snapshot().about.name, *summary_table(result, str(directory.path))], redactor)
    if result.cause and not screen.sums_up_beside_errors:  # else the summary has just said so
        with contextlib.suppress(BrokenPipeError):
            status.say(f"stress: {result.cause}")
    return result.exit_status


def watch(session: Session, show: Callable[[Session], object], *, more_to_come: bool = False) -> Result:
    """Start the session and show it until it is finished; a signal drains it, a second one stops it.

    Raises:
        KeyboardInterrupt: there is `more_to_come`, and the signal came when this run was over already, and is whole.
    """
    session.start()
    try:
        with draining(session) as interrupted:
            show(session)
            while not session.wait(0.5):
                pass
    except BaseException:  # the viewer has failed: end the run all the same, and save it
        session.control(Control("stop"))
        session.wait(None)
        raise
    assert session.result is not None
    if more_to_come and interrupted() and session.result.state == "done":
        raise KeyboardInterrupt
    return session.result
