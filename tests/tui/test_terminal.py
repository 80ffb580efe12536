"""What our driver of the terminal builds on."""

import io
from queue import Queue
from threading import Event

from pictures import FakeRun, snapshot
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver

from tui.app import StressApp, Viewing


async def test_textuals_driver_has_the_inner_names_that_ours_uses():
    """Where this fails, read `tui/terminal.py` beside the new Textual: else a lost terminal leaves an orphan."""
    driver = LinuxDriver(StressApp(FakeRun(snapshot()), Viewing()))
    assert isinstance(driver.exit_event, Event)
    assert driver._writer_thread is None
    assert driver._file.writable()
    assert isinstance(driver.fileno, int)
    queue = WriterThread(io.StringIO())._queue
    assert isinstance(queue, Queue)
    assert queue.maxsize > 0  # a full one is how a terminal that takes nothing shows itself
