"""A run as a command has it: prepared, recorded, watched, and ended in good order whatever interrupts it."""

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from stress.cli.screen import ScreenOptions
from stress.privacy.redactor import Redactor
from stress.runs.directory import create_directory
from stress.runs.handle import Control, RunHandle
from stress.session.options import BurstOptions, RampOptions
from stress.session.plan import RunPlan
from stress.session.preflight import prepare
from stress.session.result import Result
from stress.session.session import Session
from stress.view.status_line import StatusLine
from stress.view.summary_table import summary_table
from stress.view.viewers import Viewer, lines_viewer


def run_session(options: RampOptions | BurstOptions, screen: ScreenOptions) -> int:
    """Do the run and show it; returns the exit status.

    Raises:
        StressError: it could not start, or could not be recorded.
    """
    redactor = options.redactor
    status = StatusLine(sys.stderr, redactor)
    plan = prepare(options, status.say, status.progress)
    try:
        directory = create_directory(options.out, options.command, options.label or plan.target.name)
        session = Session(plan, directory)
        result = watch(session, _viewer(screen, redactor, options.ghost))
    finally:
        if plan.target.engine is not None:
            plan.target.engine.stop()
    _close(result, plan, str(directory.path), screen.ui)
    return result.exit_status


def watch(session: Session, viewer: Viewer, *, more_to_come: bool = False) -> Result:
    """Start the session and let the viewer watch it; SIGINT and SIGTERM drain it, a second one stops it.

    Raises:
        KeyboardInterrupt: there is `more_to_come`, and the signal came when this run was over already, and is whole.
    """
    session.start()
    try:
        with interrupts(session) as interrupted:
            viewer.watch(session)
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


@contextlib.contextmanager
def interrupts(run: RunHandle) -> Iterator[Callable[[], bool]]:
    """SIGINT and SIGTERM drain what runs, a second one stops it; gives what says whether there was one."""
    asked = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        run.control(Control("stop" if asked else "drain"))
        asked = True

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield lambda: asked
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _viewer(screen: ScreenOptions, redactor: Redactor | None, ghost: Path | None) -> Viewer:
    """The viewer, loaded only when it is asked for."""
    if screen.ui == "tui":
        from tui.start import ScreenViewer

        return ScreenViewer(screen.theme, redactor, ghost)
    return lines_viewer(screen.ui, redactor)


def _close(result: Result, plan: RunPlan, where: str, ui: str) -> None:
    """Print what the run came to: on stdout, or on stderr where stdout carries JSON."""
    status = StatusLine(sys.stderr if ui == "json" else sys.stdout, plan.options.redactor)
    with contextlib.suppress(BrokenPipeError):
        if ui != "none":
            status.say("", plan.target.words, *summary_table(result, where).split("\n"))
        if result.cause:
            StatusLine(sys.stderr, plan.options.redactor).say(f"stress: {result.cause}")
